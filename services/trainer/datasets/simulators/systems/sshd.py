# ruff: noqa: E501 - a script row is a log line and stays whole
"""``/var/log/auth.log`` of a bastion host: sshd, PAM, sudo, cron, logind."""

from services.trainer.datasets.simulators import clocks
from services.trainer.datasets.simulators import fields as f
from services.trainer.datasets.simulators.engine import Simulator, fault, flow

_FIELDS = {
    "host": f.one_of("bastion1", "gate-fra-1", "jump01", "vpn-gw2"),
    "pid": f.counter(9000, 6),
    "child": f.counter(9100, 7),
    "user": f.ranked("deploy", "anna", "marek", "li.wei", "ops", "jonas", "sara", "chen"),
    "uid": f.integer(1000, 1019),
    "ip": f.address("10.12."),
    "home": f.address("84.112."),
    "bad": f.address("218.92."),
    "bot": f.address("61.177."),
    "port": f.integer(32768, 60999),
    "key": f.shaped("SHA256:%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%"),
    "alg": f.ranked("ED25519", "RSA", "ECDSA"),
    "sess": f.counter(300, 2),
    "cmd": f.ranked(
        "/usr/bin/systemctl status nginx",
        "/usr/bin/journalctl -u app -n 200",
        "/usr/bin/apt update",
        "/usr/bin/systemctl reload nginx",
        "/usr/bin/docker ps",
        "/usr/bin/tail -f /var/log/syslog",
    ),
    "tty": f.shaped("pts/#"),
    "name": f.ranked(
        "admin",
        "test",
        "oracle",
        "postgres",
        "ubuntu",
        "user",
        "git",
        "ftpuser",
        "pi",
        "hadoop",
        "minecraft",
        "guest",
        "nagios",
        "jenkins",
    ),
    "ver": f.ranked("SSH-2.0-Go", "SSH-2.0-libssh2_1.10.0", "SSH-2.0-PUTTY", "SSH-2.0-paramiko_3.4.0"),
    "job": f.ranked(
        "/usr/lib/php/sessionclean",
        "/opt/backup/run.sh",
        "test -x /usr/sbin/anacron || run-parts /etc/cron.hourly",
        "/usr/local/bin/sync-keys",
    ),
    "secs": f.integer(3, 59),
    "n": f.integer(2, 6),
}

_FLOWS = (
    flow("login_key", 6, """
        ?0.3 - sshd[{pid}] | Connection from {ip} port {port} on 10.12.0.2 port 22 rdomain ""
        - sshd[{pid}] | Accepted publickey for {user} from {ip} port {port} ssh2: {alg} {key}
        - sshd[{pid}] | pam_unix(sshd:session): session opened for user {user}(uid={uid}) by (uid=0)
        - systemd-logind[612] | New session {sess} of user {user}.
        ?0.4 - systemd[1] | Started session-{sess}.scope - Session {sess} of User {user}.
        ?0.5 +4000-60000 - sudo | {user} : TTY={tty} ; PWD=/home/{user} ; USER=root ; COMMAND={cmd}
        & - sudo | pam_unix(sudo:session): session opened for user root(uid=0) by {user}(uid={uid})
        & +200-5000 - sudo | pam_unix(sudo:session): session closed for user root
        +5000-90000 - sshd[{child}] | Received disconnect from {ip} port {port}:11: disconnected by user
        - sshd[{child}] | Disconnected from user {user} {ip} port {port}
        - sshd[{pid}] | pam_unix(sshd:session): session closed for user {user}
        - systemd-logind[612] | Session {sess} logged out. Waiting for processes to exit.
        - systemd-logind[612] | Removed session {sess}.
    """),
    flow("login_password", 1.5, """
        ?0.15 - sshd[{pid}] | Failed password for {user} from {home} port {port} ssh2
        & - sshd[{pid}] | pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost={home}  user={user}
        - sshd[{pid}] | Accepted password for {user} from {home} port {port} ssh2
        - sshd[{pid}] | pam_unix(sshd:session): session opened for user {user}(uid={uid}) by (uid=0)
        - systemd-logind[612] | New session {sess} of user {user}.
        +9000-90000 - sshd[{pid}] | pam_unix(sshd:session): session closed for user {user}
        - systemd-logind[612] | Removed session {sess}.
    """, pace=(20, 900)),
    flow("deploy_scp", 3, """
        - sshd[{pid}] | Accepted publickey for deploy from {ip} port {port} ssh2: ED25519 {key}
        - sshd[{pid}] | pam_unix(sshd:session): session opened for user deploy(uid=1001) by (uid=0)
        ?0.6 - sshd[{child}] | subsystem request for sftp by user deploy
        +400-3000 - sshd[{child}] | Received disconnect from {ip} port {port}:11: disconnected by user
        - sshd[{pid}] | pam_unix(sshd:session): session closed for user deploy
    """),
    flow("cron", 5, """
        - CRON[{pid}] | pam_unix(cron:session): session opened for user root(uid=0) by (uid=0)
        - CRON[{child}] | (root) CMD ({job})
        +100-2500 - CRON[{pid}] | pam_unix(cron:session): session closed for user root
    """),
    flow("stray_bot", 0.8, """
        - sshd[{pid}] | Invalid user {name} from {bot} port {port}
        - sshd[{pid}] | Connection closed by invalid user {name} {bot} port {port} [preauth]
    """),
    flow("port_knock", 0.8, """
        ?0.5 - sshd[{pid}] | Connection closed by {bot} port {port} [preauth]
        /?0.4 - sshd[{pid}] | Connection reset by {bot} port {port} [preauth]
        / - sshd[{pid}] | banner exchange: Connection from {bot} port {port}: invalid format
    """),
    flow("old_client", 0.3, """
        - sshd[{pid}] | Unable to negotiate with {bot} port {port}: no matching key exchange method found. Their offer: diffie-hellman-group1-sha1 [preauth]
    """),
    flow("broken_pipe", 0.3, """
        - sshd[{pid}] | Timeout, client not responding from user {user} {home} port {port}
        ?0.4 - sshd[{pid}] | error: kex_exchange_identification: Connection closed by remote host
        ?0.4 - sshd[{pid}] | fatal: Timeout before authentication for {home} port {port}
    """),
    flow("su", 0.3, """
        - su[{pid}] | (to postgres) root on {tty}
        - su[{pid}] | pam_unix(su-l:session): session opened for user postgres(uid=112) by {user}(uid=0)
        +900-9000 - su[{pid}] | pam_unix(su-l:session): session closed for user postgres
    """),
    flow("user_admin", 0.06, """
        - useradd[{pid}] | new group: name={user}, GID={uid}
        - useradd[{pid}] | new user: name={user}, UID={uid}, GID={uid}, home=/home/{user}, shell=/bin/bash, from={tty}
        - passwd[{child}] | pam_unix(passwd:chauthtok): password changed for {user}
        ?0.5 - usermod[{child}] | add '{user}' to group 'docker'
    """, pace=(300, 4000)),
    flow("console", 0.15, """
        - login[{pid}] | pam_unix(login:session): session opened for user root(uid=0) by LOGIN(uid=0)
        - login[{pid}] | ROOT LOGIN  on '/dev/tty1'
    """),
    flow("polkit", 0.4, """
        - polkitd[714] | Registered Authentication Agent for unix-process:{pid}:{uid}14 (system bus name :1.{n}7 [/usr/bin/pkttyagent --notify-fd 5 --fallback])
        +100-900 - polkitd[714] | Unregistered Authentication Agent for unix-process:{pid}:{uid}14 (system bus name :1.{n}7, object path /org/freedesktop/PolicyKit1/AuthenticationAgent, locale C.UTF-8)
    """),
    flow("sshd_reload", 0.04, """
        - sshd[{pid}] | Received SIGHUP; restarting.
        - sshd[{pid}] | Server listening on 0.0.0.0 port 22.
        - sshd[{pid}] | Server listening on :: port 22.
    """),
    flow("forward", 0.3, """
        - sshd[{pid}] | error: connect_to 10.12.3.{secs} port 5432: failed.
        ?0.5 - sshd[{pid}] | channel {n}: open failed: connect failed: Connection refused
    """),
)  # fmt: skip

_FAULTS = (
    fault("password_bruteforce", "authentication_attack", "对root等账号的口令暴力破解，最终一次成功登录", "Passwords are guessed by brute force, and one guess succeeds", """
        *6-12 - sshd[{~pid}] | Failed password for root from {bad} port {~port} ssh2
        & ?0.4 - sshd[{pid}] | pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost={bad}  user=root
        *1-3 - sshd[{~pid}] | message repeated {~n} times: [ Failed password for root from {bad} port {~port} ssh2]
        *1-3 - sshd[{~pid}] | error: maximum authentication attempts exceeded for root from {bad} port {~port} ssh2 [preauth]
        & - sshd[{pid}] | Disconnecting authenticating user root {bad} port {port}: Too many authentication failures [preauth]
        & - sshd[{pid}] | PAM {n} more authentication failures; logname= uid=0 euid=0 tty=ssh ruser= rhost={bad}  user=root
        ?0.5 - sshd[{~pid}] | Accepted password for root from {bad} port {~port} ssh2
        & - sshd[{pid}] | pam_unix(sshd:session): session opened for user root(uid=0) by (uid=0)
    """),
    fault("user_enumeration", "authentication_attack", "逐个尝试常见用户名", "Common user names are tried one after the other", """
        *8-14 - sshd[{~pid}] | Invalid user {~name} from {bad} port {~port}
        & - sshd[{pid}] | pam_unix(sshd:auth): check pass; user unknown
        & ?0.6 - sshd[{pid}] | Failed password for invalid user {name} from {bad} port {port} ssh2
        & ?0.5 - sshd[{pid}] | Received disconnect from {bad} port {port}:11: Bye Bye [preauth]
        & ?0.5 - sshd[{pid}] | Disconnected from invalid user {name} {bad} port {port} [preauth]
    """),
    fault("connection_flood", "port_scan", "大量未认证连接与协议探测", "A flood of unauthenticated connections and protocol probes", """
        *4-7 - sshd[{~pid}] | error: kex_exchange_identification: read: Connection reset by peer
        & - sshd[{pid}] | Connection reset by {bad} port {~port}
        *3-5 - sshd[{~pid}] | banner exchange: Connection from {bad} port {~port}: could not read protocol version
        *3-5 - sshd[{~pid}] | Unable to negotiate with {bad} port {~port}: no matching host key type found. Their offer: ssh-dss [preauth]
        *2-3 - sshd[{~pid}] | error: beginning MaxStartups throttling
        & - sshd[{pid}] | drop connection #{~secs} from [{bad}]:{~port} on [10.12.0.2]:22 past MaxStartups
    """),
    fault("privilege_abuse", "permission_denied", "普通用户反复尝试提权并读取敏感文件", "A user keeps trying to gain root and read what is not theirs", """
        *2-4 - sudo | pam_unix(sudo:auth): authentication failure; logname={user} uid={uid} euid=0 tty=/dev/{tty} ruser={user} rhost=  user={user}
        *1-2 - sudo | {user} : 3 incorrect password attempts ; TTY={tty} ; PWD=/tmp ; USER=root ; COMMAND=/bin/bash
        *2-4 - sudo | {user} : user NOT in sudoers ; TTY={tty} ; PWD=/tmp ; USER=root ; COMMAND=/usr/bin/cat /etc/shadow
        *2-3 - su[{~pid}] | FAILED SU (to root) {user} on {tty}
        & - su[{pid}] | pam_unix(su:auth): authentication failure; logname={user} uid={uid} euid=0 tty={tty} ruser={user} rhost=  user=root
    """),
    fault("directory_down", "dependency_unavailable", "LDAP目录服务不可达，用户无法登录", "The LDAP directory is unreachable and nobody can log in", """
        *3-5 - nslcd[588] | [{~n}b7fd4] <passwd="{~user}"> failed to bind to LDAP server ldaps://ldap1.corp: Can't contact LDAP server: Connection timed out
        *2-3 - sshd[{~pid}] | pam_ldap(sshd:auth): ldap_simple_bind: Can't contact LDAP server
        & - sshd[{pid}] | error: PAM: Authentication service cannot retrieve authentication info for {user} from {ip}
        & - sshd[{pid}] | fatal: Access denied for user {user} by PAM account configuration [preauth]
        *2-3 - nslcd[588] | [{~n}b7fd4] no available LDAP server found: Can't contact LDAP server: Transport endpoint is not connected
        *1-2 - CRON[{~pid}] | PAM _pam_init_handlers: could not open /etc/pam.d/common-session-ldap
    """, {"login_key": """
        - sshd[{pid}] | error: PAM: Authentication service cannot retrieve authentication info for {user} from {ip}
        - sshd[{pid}] | Connection closed by authenticating user {user} {ip} port {port} [preauth]
    """, "login_password": ""}),
    fault("key_permissions", "configuration_error", "主目录或密钥权限错误，公钥登录被拒绝", "Wrong ownership of home directories: public keys are refused", """
        *3-6 - sshd[{~pid}] | Authentication refused: bad ownership or modes for directory /home/{~user}
        & - sshd[{pid}] | Connection closed by authenticating user {user} {~ip} port {~port} [preauth]
        *1-2 - sshd[{~pid}] | error: Unsafe AuthorizedKeysCommand "/usr/local/bin/sync-keys": bad ownership or modes for directory /usr/local/bin
        *1-2 - sshd[{~pid}] | error: Could not load host key: /etc/ssh/ssh_host_ed25519_key
    """, {"deploy_scp": "- sshd[{pid}] | Connection closed by authenticating user deploy {ip} port {port} [preauth]"}),
)  # fmt: skip

SIMULATOR = Simulator(
    name="sshd",
    language="en",
    headers={"": "{time} {@host} {source}: {message}"},
    clock=clocks.syslog,
    fields=_FIELDS,
    flows=_FLOWS,
    faults=_FAULTS,
    lines_per_s=0.6,
)
