"""Words that look like names to the verifier and are none: plain English, acronyms, hyphenated compounds."""

from __future__ import annotations

# may follow "the service" without naming it
ORDINARY = frozenset(
    """
    about account accounts after again against all also and answered any are authentication available became
    because become been before behind being below between both but call called calls can cannot check checks
    closed connection connections could crashed credentials denied did does down dropped during each error errors
    exception exceptions exhausted failed failing fails failure failures few for from full further goes had has
    have health held here holds how instance instances into invalid its itself just keeps kept killed level limit
    limits load locked log login logins logs lost may might missing more most must name names needed needs not off
    once only operation operations other out outage over overload overloaded own password passwords pool pools
    process processes quota quotas read reads received receiving refused rejected remained remains reported
    reports request requests reset response responses restarted restarting returned returns room running said same
    says sending sent service services should shown shows side size slow space started state status stays stopped
    stops such than that the their then these this those time timed times too tried trying unable unavailable
    under unknown unreachable until up usage use used very via waited waiting was went were when where which while
    who why will with within without would write writes
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
