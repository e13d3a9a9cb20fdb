# ruff: noqa: E501 - a script row is a log line and stays whole
"""A mail server: Postfix, Dovecot, Rspamd and opendkim in ``mail.log`` syslog format."""

from services.trainer.datasets.simulators import clocks
from services.trainer.datasets.simulators import fields as f
from services.trainer.datasets.simulators.engine import Simulator, fault, flow

_FIELDS = {
    "host": f.one_of("mx1", "mail", "smtp-out2"),
    "pid": f.counter(4000, 13),
    "pid2": f.counter(4100, 17),
    "q": f.shaped("4%%%%%%%%%%%%"),
    "mid": f.shaped("????????-????"),
    "ip": f.address("203.0."),
    "bad": f.address("46.148."),
    "port": f.integer(32768, 60999),
    "from_": f.shapes("&&&&&@example.com", "&&&.&&&&@example.com", "newsletter@example.com"),
    "to": f.shapes("&&&&&&@mail.example", "&&&&##@post.example", "info@firm.example"),
    "mx": f.ranked("mx.mail.example", "in.post.example", "mail.firm.example"),
    "user": f.ranked("anna", "office", "jonas", "m.keller", "support", "sales"),
    "name": f.ranked("admin", "test", "info", "office", "root", "postmaster", "scanner", "user1"),
    "size": f.skewed(21000, 1.0, least=800),
    "delay": f.decimal(0.2, 9.0, 2),
    "d": f.decimal(0.01, 2.4, 2),
    "n": f.integer(1, 40),
    "score": f.decimal(-4.9, 4.9, 2),
    "spam": f.decimal(8.1, 22.0, 2),
    "sess": f.shaped("%%%%%%%%%%%%"),
    "depth": f.ramp(900, 1.5),
    "helo": f.shapes("[###.##.#.###]", "user-pc##", "ylmf-pc"),
    "folder": f.ranked("INBOX", "Archive", "Sent", "Junk"),
}

_FLOWS = (
    flow("outgoing", 7, """
        - postfix/submission/smtpd[{pid}] | connect from client.office.example[{ip}]
        - postfix/submission/smtpd[{pid}] | {q}: client=client.office.example[{ip}], sasl_method=PLAIN, sasl_username={user}@example.com
        - postfix/cleanup[{pid2}] | {q}: message-id=<{mid}@example.com>
        - opendkim[711] | {q}: DKIM-Signature field added (s=mail, d=example.com)
        - postfix/qmgr[902] | {q}: from=<{from_}>, size={size}, nrcpt=1 (queue active)
        - postfix/submission/smtpd[{pid}] | disconnect from client.office.example[{ip}] ehlo=2 starttls=1 auth=1 mail=1 rcpt=1 data=1 quit=1 commands=8
        ?0.3 - postfix/smtp[{pid2}] | Trusted TLS connection established to {mx}[{ip}]:25: TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits)
        +200-3000 - postfix/smtp[{pid2}] | {q}: to=<{to}>, relay={mx}[{ip}]:25, delay={delay}, delays={d}/0.01/{d}/{d}, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as {sess})
        - postfix/qmgr[902] | {q}: removed
    """),
    flow("incoming", 7, """
        - postfix/smtpd[{pid}] | connect from {mx}[{ip}]
        ?0.5 - postfix/smtpd[{pid}] | Anonymous TLS connection established from {mx}[{ip}]: TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits)
        - postfix/smtpd[{pid}] | {q}: client={mx}[{ip}]
        - postfix/cleanup[{pid2}] | {q}: message-id=<{mid}@{mx}>
        - rspamd[801] | <{sess}>; task; rspamd_task_write_log: id: <{mid}@{mx}>, qid: <{q}>, ip: {ip}, from: <{to}>, (default: F (no action): [{score}/15.00] [DKIM_ALLOW,SPF_ALLOW]), len: {size}, time: {n}.4ms
        - postfix/qmgr[902] | {q}: from=<{to}>, size={size}, nrcpt=1 (queue active)
        - postfix/lmtp[{pid2}] | {q}: to=<{user}@example.com>, relay=mail.example.com[private/dovecot-lmtp], delay={delay}, delays={d}/0/0/{d}, dsn=2.0.0, status=sent (250 2.0.0 <{user}@example.com> {sess} Saved)
        - dovecot | lmtp({user}@example.com)<{pid2}><{sess}>: msgid=<{mid}@{mx}>: saved mail to {folder}
        - postfix/qmgr[902] | {q}: removed
        - postfix/smtpd[{pid}] | disconnect from {mx}[{ip}] ehlo=2 starttls=1 mail=1 rcpt=1 data=1 quit=1 commands=7
    """),
    flow("imap", 6, """
        - dovecot | imap-login: Login: user=<{user}@example.com>, method=PLAIN, rip={ip}, lip=10.0.0.25, mpid={pid}, TLS, session=<{sess}>
        ?0.05 - dovecot | imap-login: Disconnected: Inactivity (no auth attempts in 180 secs): user=<>, rip={ip}, lip=10.0.0.25, TLS, session=<{sess}>
        +900-20000 - dovecot | imap({user}@example.com)<{pid}><{sess}>: Disconnected: Logged out in={n} out={size} deleted=0 expunged=0 trashed=0 hdr_count={n} hdr_bytes={size} body_count={n} body_bytes={size}
    """),
    flow("greylisted", 1.5, """
        - postfix/smtpd[{pid}] | connect from {mx}[{ip}]
        - postfix/smtpd[{pid}] | NOQUEUE: reject: RCPT from {mx}[{ip}]: 450 4.2.0 <{user}@example.com>: Recipient address rejected: Greylisted, see http://postgrey.example/help; from=<{to}> to=<{user}@example.com> proto=ESMTP helo=<{mx}>
        - postfix/smtpd[{pid}] | disconnect from {mx}[{ip}] ehlo=1 mail=1 rcpt=0/1 quit=1 commands=3/4
    """),
    flow("spam", 1.2, """
        - postfix/smtpd[{pid}] | connect from unknown[{ip}]
        - rspamd[801] | <{sess}>; task; rspamd_task_write_log: id: <{mid}@x.example>, qid: <{q}>, ip: {ip}, (default: T (reject): [{spam}/15.00] [BAYES_SPAM,RBL_SPAMHAUS]), len: {size}, time: {n}.1ms
        - postfix/cleanup[{pid2}] | {q}: milter-reject: END-OF-MESSAGE from unknown[{ip}]: 5.7.1 Spam message rejected; from=<{to}> to=<{user}@example.com> proto=ESMTP helo=<{helo}>
        - postfix/smtpd[{pid}] | disconnect from unknown[{ip}] ehlo=1 mail=1 rcpt=1 data=0/1 quit=1 commands=4/5
    """),
    flow("rbl", 1.2, """
        - postfix/smtpd[{pid}] | warning: hostname host.dyn.example does not resolve to address {ip}: Name or service not known
        - postfix/smtpd[{pid}] | NOQUEUE: reject: RCPT from unknown[{ip}]: 554 5.7.1 Service unavailable; Client host [{ip}] blocked using zen.spamhaus.org; from=<{to}> to=<{user}@example.com> proto=ESMTP helo=<{helo}>
        - postfix/smtpd[{pid}] | lost connection after RCPT from unknown[{ip}]
    """),
    flow("bounce", 0.5, """
        - postfix/smtp[{pid}] | {q}: to=<{to}>, relay={mx}[{ip}]:25, delay={delay}, delays={d}/0/{d}/{d}, dsn=5.1.1, status=bounced (host {mx}[{ip}] said: 550 5.1.1 <{to}>: Recipient address rejected: User unknown (in reply to RCPT TO command))
        - postfix/bounce[{pid2}] | {q}: sender non-delivery notification: {sess}
        - postfix/qmgr[902] | {q}: removed
    """),
    flow("deferred_then_sent", 0.4, """
        - postfix/smtp[{pid}] | {q}: to=<{to}>, relay={mx}[{ip}]:25, delay={delay}, delays={d}/0/{d}/{d}, dsn=4.2.0, status=deferred (host {mx}[{ip}] said: 450 4.2.0 Greylisted, try again later (in reply to RCPT TO command))
        +2000-20000 - postfix/smtp[{pid2}] | {q}: to=<{to}>, relay={mx}[{ip}]:25, delay={delay}, delays={d}/0/{d}/{d}, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as {sess})
    """),
    flow("typo_password", 0.3, """
        - dovecot | auth-worker({pid}): conn unix:auth-worker (pid=650,uid=107): auth-worker<{n}>: sql({user}@example.com,{ip}): Password mismatch
        - dovecot | imap-login: Disconnected: Connection closed (auth failed, 1 attempts in 4 secs): user=<{user}@example.com>, method=PLAIN, rip={ip}, lip=10.0.0.25, TLS, session=<{sess}>
    """),
    flow("scanner_noise", 0.5, """
        - postfix/smtpd[{pid}] | SSL_accept error from unknown[{ip}]: -1
        /?0.5 - postfix/postscreen[{pid}] | PREGREET 11 after 0.08 from [{ip}]:{port}: EHLO User\\r\\n
        & - postfix/postscreen[{pid}] | DISCONNECT [{ip}]:{port}
    """),
    flow("quota", 0.15, """
        - dovecot | lmtp({user}@example.com)<{pid}><{sess}>: save failed to INBOX: Quota exceeded (mailbox for user is full)
    """),
    flow("anvil", 0, """
        - postfix/anvil[{pid}] | statistics: max connection rate {n}/60s for (smtp:{ip}) at Mar  2 10:00:00
        - postfix/anvil[{pid}] | statistics: max cache size {n} at Mar  2 10:00:00
    """, every_s=600),
    flow("reload", 0.03, """
        - postfix/postfix-script[{pid}] | refreshing the Postfix mail system
        - postfix/master[660] | reload -- version 3.7.11, configuration /etc/postfix
    """),
)  # fmt: skip

_FAULTS = (
    fault("sasl_bruteforce", "authentication_attack", "对发信账号的口令暴力破解", "Submission accounts are guessed by brute force", """
        *6-10 - postfix/submission/smtpd[{~pid}] | warning: unknown[{bad}]: SASL LOGIN authentication failed: UGFzc3dvcmQ6, sasl_username={~name}@example.com
        & ?0.6 - postfix/submission/smtpd[{pid}] | lost connection after AUTH from unknown[{bad}]
        *3-5 - dovecot | imap-login: Disconnected: Connection closed (auth failed, {~n} attempts in {n} secs): user=<{~name}@example.com>, method=PLAIN, rip={bad}, lip=10.0.0.25, TLS, session=<{~sess}>
        *1-2 - postfix/anvil[{~pid}] | statistics: max auth rate {~n}/60s for (submission:{bad})
    """),
    fault("hacked_account", "queue_backlog", "账号被盗群发邮件，队列暴涨且被拒收", "A stolen account sends spam: the queue swells and others refuse it", """
        *4-7 - postfix/submission/smtpd[{~pid}] | {~q}: client=unknown[{bad}], sasl_method=LOGIN, sasl_username={user}@example.com
        & - postfix/qmgr[902] | {q}: from=<{user}@example.com>, size={~size}, nrcpt=50 (queue active)
        *4-6 - postfix/smtp[{~pid}] | {~q}: to=<{~to}>, relay={mx}[{ip}]:25, delay={~delay}, delays={~d}/{d}/{d}/{d}, dsn=4.7.0, status=deferred (host {mx}[{ip}] said: 421 4.7.0 IP temporarily deferred due to unexpected volume or user complaints)
        *2-3 - postfix/qmgr[902] | warning: mail for {mx} is using up {~depth} of 20000 active queue entries
        *1-2 - postfix/smtp[{~pid}] | {~q}: host {mx}[{ip}] refused to talk to me: 554 5.7.1 Blocked, see https://check.example/lookup
    """),
    fault("disk_full", "disk_full", "邮件队列分区写满，拒收邮件", "The queue partition is full and mail is refused", """
        *3-5 - postfix/smtpd[{~pid}] | NOQUEUE: reject: MAIL from {mx}[{~ip}]: 452 4.3.1 Insufficient system storage; proto=ESMTP helo=<{mx}>
        & ?0.7 - postfix/smtpd[{pid}] | warning: not enough free space in mail queue: {~size} bytes < 1.5*message size limit
        *1-2 - postfix/cleanup[{~pid}] | warning: {~q}: write queue file: No space left on device
        *1-3 - dovecot | lmtp({~user}@example.com)<{~pid}><{~sess}>: Error: write(/var/vmail/{user}/tmp) failed: No space left on device
        - postfix/postdrop[{pid}] | warning: uid=0: No space left on device
    """, {"incoming": ""}),
    fault("dns_broken", "dns_failure", "域名解析失败，所有外发邮件延期", "Names do not resolve and all outgoing mail is deferred", """
        *5-8 - postfix/smtp[{~pid}] | {~q}: to=<{~to}>, relay=none, delay={~delay}, delays={d}/0/{d}/0, dsn=4.4.3, status=deferred (Host or domain name not found. Name service error for name={~mx} type=MX: Host not found, try again)
        *2-3 - postfix/smtpd[{~pid}] | warning: zen.spamhaus.org: RBL lookup error: Host or domain name not found. Name service error for name=4.3.2.203.zen.spamhaus.org type=A: Host not found, try again
        *1-2 - opendkim[711] | {~q}: key retrieval failed (s=mail, d={mx}): '{mx}' query timed out
    """, {"outgoing": "- postfix/smtp[{pid2}] | {q}: to=<{to}>, relay=none, delay={delay}, delays={d}/0/{d}/0, dsn=4.4.3, status=deferred (Host or domain name not found. Name service error for name={mx} type=MX: Host not found, try again)"}),
    fault("certificate_expired", "certificate_expired", "服务器证书过期，客户端拒绝连接", "The server's certificate has expired; clients refuse it", """
        *4-7 - dovecot | imap-login: Disconnected: Connection closed: SSL_accept() failed: error:0A000415:SSL routines::sslv3 alert certificate expired: SSL alert number 45 (no auth attempts in 0 secs): user=<>, rip={~ip}, lip=10.0.0.25, TLS handshaking, session=<{~sess}>
        *3-5 - postfix/smtpd[{~pid}] | SSL_accept error from {mx}[{~ip}]: -1
        & - postfix/smtpd[{pid}] | warning: TLS library problem: error:0A000415:SSL routines::sslv3 alert certificate expired:ssl/record/rec_layer_s3.c:1605:SSL alert number 45:
        *1-2 - postfix/smtp[{~pid}] | {~q}: to=<{~to}>, relay={mx}[{ip}]:25, delay={~delay}, delays={d}/0/{d}/0, dsn=4.7.5, status=deferred (Server certificate not verified)
    """, {"imap": ""}),
    fault("backend_down", "dependency_unavailable", "投递与过滤后端不可用，邮件滞留", "Delivery and filter back ends are down and mail is stuck", """
        *3-5 - postfix/lmtp[{~pid}] | {~q}: to=<{~user}@example.com>, relay=none, delay={~delay}, delays={d}/0/0/0, dsn=4.4.1, status=deferred (connect to mail.example.com[private/dovecot-lmtp]: Connection refused)
        *2-3 - postfix/cleanup[{~pid}] | warning: connect to Milter service inet:127.0.0.1:11332: Connection refused
        *1-2 - postfix/smtpd[{~pid}] | NOQUEUE: milter-reject: CONNECT from {mx}[{~ip}]: 451 4.7.1 Service unavailable - try again later; proto=SMTP
        - dovecot | master: Fatal: service(lmtp): failed to start listeners
        - postfix/qmgr[902] | warning: connect to transport private/dovecot-lmtp: Connection refused
    """),
)  # fmt: skip

SIMULATOR = Simulator(
    name="postfix",
    language="en",
    headers={"": "{time} {@host} {source}: {message}"},
    clock=clocks.syslog,
    fields=_FIELDS,
    flows=_FLOWS,
    faults=_FAULTS,
    lines_per_s=3,
)
