"""Words that look like names to the verifier and are none: plain English, acronyms, hyphenated compounds."""

from __future__ import annotations

# may follow "the service" without naming it
ORDINARY = frozenset(
    """
    about accepts account accounts address addresses after again against all also and answered answers any appears
    are asks authentication available backlog became because become been before begins behind being below between both
    breaks but call called calls can cannot check checks client clients closed comes connection connections
    connects continues controller could crash crashed crashes creates credentials data denied did dies disk does down
    dropped drops during each endpoint endpoints ends error errors exceeds exception exceptions exhausted exits
    expires failed failing fails failure failures few finds finishes for from full further gets gives goes group
    groups grows had hangs has have health held here holds how id ids ignores instance instances interface into
    invalid its itself just keeps kept key keys killed level limit limits list listens load loads locked log login
    logins logs looks loses lost makes manager may member members memory message messages metadata might misses
    missing mode more most must name names needed needs not off once only opens operation operations other out
    outage over overload overloaded own owner owners passes password passwords path paths permission permissions
    policy pool pools port ports process processes quota quotas read reads received receives receiving record
    records refused refuses rejected rejects remained remains reopens reported reports request requests reset
    resets resolves responds response responses restarted restarting restarts retries retry returned returns role
    roles room row rows running runs said same says sees sending sends sent serves service services session
    sessions setting settings should shown shows shuts side size slow space started starts state status stays
    stopped stops such table tables takes talks than that the their then these this those thread threads throws
    time timed timeout timeouts times token tokens too tried tries trying type types unable unavailable under
    unknown unreachable until up usage use used uses value values version versions very via waited waiting waits
    was went were when where which while who why will with within without works would write writes
    """.split()  # noqa: SIM905
)

# technical, upper case
ACRONYMS = frozenset(
    """
    ACL AMQP AND AOF API CA CD CDN CI CPU CRC DB DNS ECC FD GB GC GPU GRPC HTML HTTP HTTPS I/O ID IO IP JDBC JSON
    JVM KB LB LDAP MB MQ MS NAT NFS NO NOT OK OOM OR OS PID QPS RAID RAM REST RPC SLA SMART SQL SSH SSL TB TCP TLS
    TPS TTL UDP URI URL UTC VM VPN WAF WAL XML YES
    """.split()  # noqa: SIM905
)

# written with a dash or a slash
COMPOUNDS = frozenset(
    """
    and/or back-off brute-force built-in built-up clean-up client-side client/server dead-letter dead-lock denial-
    of-service double-check e-mail e.g end-to-end etc fail-over file-descriptor file-descriptors file-system
    follow-up health-check health-checks heap-dump high-level host-key i.e in-memory input/output load-balancer
    long-running low-level man-in-the-middle multi-threaded non-zero on-disk out-of-memory over-loaded peer-to-
    peer rate-limit rate-limited rate-limiting re-connect re-try read-only read/write real-time root-cause self-
    signed server-side set-up short-lived shut-down split-brain start-up third-party time-consuming time-out time-
    outs up-to-date well-known write-only
    """.split()  # noqa: SIM905
)
