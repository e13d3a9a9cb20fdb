"""The words of which values are made: names that any shop, bank, plant or cluster could have."""

from __future__ import annotations


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


NOUNS = _words(
    """order payment user account invoice stock cart catalog price coupon shipment customer session token report mail
    sms notify search index media image video upload export import billing ledger risk quota policy audit
    metric alarm device sensor meter route gateway config schedule ticket review comment feed profile login
    auth member group tenant asset contract claim loan card wallet refund settle transfer balance vendor
    warehouse parcel driver fleet trip map weather course exam grade patient record clinic lab visit recipe
    menu table hotel booking seat fare flight"""
)
VERBS = _words(
    """get list find load save create update delete sync fetch push pull send receive publish consume parse render
    merge split check verify sign refresh flush rotate archive index query submit confirm cancel notify retry"""
)
ROLES = _words("db app web cache mq es kafka redis node worker proxy lb api nas backup monitor gw dc ldap build")
SITES = _words("prod stage east west bj sh gz hz fra ams lon corp acme orion vega core edge")
DOMAINS = _words(
    """example.com example.org example.net corp.example internal.example shop.test svc.cluster.local pay.example.cn"""
)
ROOTS = _words("var/lib var/log data data1 opt srv mnt/nfs home/app usr/local/etc tmp export/disk2 u01 backup")
ENDINGS = _words("log csv json dat tmp gz db xml txt parquet wal idx zip xlsx pdf")
PORTS = _words("22 25 53 80 443 1521 2181 2379 3306 5432 5672 6379 8080 8443 8848 9092 9200 9876 20880 27017")
CAPACITIES = _words("8 10 16 20 32 50 64 100 128 200 256 500 512 1000 1024 4096")
USERS = _words(
    """root admin deploy app postgres backup svc_report jenkins oracle guest zhangwei liuyang wangfang chenjie alice
    bob carol dave erin mallory operator batch etl readonly www-data nagios test u1042 k.meyer s.novak"""
)
TABLE_HEADS = _words("t tbl sys biz ods dim fact app")
CLASS_ENDS = _words("Service Controller Repository Handler Manager Client Listener Job Mapper Filter Consumer Task")
KEY_ENDS = _words("id url limit timeout_ms mode path name flag secret_ref status no type at")
THREADS = _words(
    """http-nio-8080-exec pool-3-thread nioEventLoop kafka-consumer scheduling main-worker executor grpc-default"""
)
