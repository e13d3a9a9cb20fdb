"""Which templates are for training, which for validation, which for the test: by system first, then by template.

In: all templates. Out: template id -> Split, the same for every seed. Some systems are held out whole, in every
category and language at once, so that a style of speaking is new when it is met; of the systems that remain, some
templates of each category and language are held out too.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from enum import StrEnum
from hashlib import sha256

from services.trainer.datasets.incidents.templates import Template

# One software under several names counts as one system.
_SAME = {
    "kubelet": "kubernetes", "k8s": "kubernetes", "dockerd": "docker", "containerd": "docker", "kernel": "linux",
    "systemd": "linux", "linux_system": "linux", "go_service": "go", "go_orders": "go", "express": "node",
    "rasdaemon": "linux", "mcelog": "linux", "ghes": "linux", "edac_skx": "linux", "scsi": "linux",
    "auditd": "linux", "cgroup": "linux", "glibc": "linux", "nic": "linux", "innodb_status": "mysql",
    "mariadb": "mysql", "mysql_proxy": "mysql", "java": "spring", "jvm": "spring", "mybatis": "spring",
    "java_jndi": "spring", "jackson": "spring", "thymeleaf": "spring", "zk_kafka": "kafka", "ckafka": "kafka",
    "kafka_console": "kafka", "kafka_connect": "kafka", "rust_service": "rust", "docker_compose": "docker",
    "docker_registry": "docker", "rocketmq_console": "rocketmq", "dm_cluster": "dameng",
    "oracle_goldengate": "goldengate", "hospital_his": "medical", "pacs": "medical", "gov_portal": "gov",
    "live": "livestream", "cncmachine": "cnc", "agv_dispatch": "agv", "ups_nut": "ups", "ups_room": "ups",
    "smarthome": "smart_home", "postfix_cn": "postfix", "smtp_relay": "postfix", "ntp_client": "ntp",
    "ruby": "rails", "elixir": "erlang", "dubbo_admin": "dubbo", "nacos_lock": "nacos", "redis_proxy": "redis",
    "wms": "warehouse", "logistics_open": "logistics", "express_delivery": "logistics", "scada_hmi": "scada",
    "scada_rtu": "scada", "plc_st": "plc", "insurance_core": "insurance", "banking": "bank_batch",
    "robot_arm": "robot", "mes_line": "mes", "slurm": "supercomputer", "elevator_iot": "elevator",
    "druid_db": "druid", "vmware_esxi": "vmware", "k8s_operator": "kubernetes", "trading": "exchange_trading",
    "huawei_switch": "switch", "h3c_switch": "switch", "cisco": "switch", "nvidia_gpu": "gpu_worker",
    "smartctl": "smartd", "es_cloud": "elasticsearch", "dns_monitor": "monitor", "quartz": "scheduler",
    "dns_server": "bind", "unbound_control": "unbound", "voip_phone": "voip", "sip": "voip", "cics": "mainframe",
    "db2_zos": "mainframe", "mdadm": "raid", "megaraid": "raid", "lsi_megaraid": "raid", "adaptec": "raid",
    "lambda": "aws_lambda", "pos_terminal": "pos",
    "node_api": "node", "hdfs": "hadoop", "hdfs_cluster": "hadoop", "yarn": "hadoop", "bank": "bank_batch",
    "bank_batch_zh": "bank_batch", "iot": "iot_gateway", "iot_gateway_zh": "iot_gateway", "gateway_zh": "gateway",
    "spring_shop": "spring", "spring_orders_zh": "spring", "tomcat": "spring", "hibernate": "spring",
    "hikaricp": "spring", "django_celery": "django", "celery": "django", "redis_server": "redis",
    "redis_client": "redis", "kafka_broker": "kafka", "gameserver": "game_server", "ci_runner": "gitlab",
    "mail": "postfix", "sqlserver": "mssql",
    "f5_bigip": "f5", "fortigate": "fortinet", "smb": "samba", "radius": "freeradius", "dhcpd": "dhcp",
    "pan_firewall": "paloalto", "cert_bot": "certbot", "letsencrypt": "certbot", "glusterfs": "gluster",
    "supervisord": "supervisor", "sangfor_waf": "sangfor", "sangfor_af": "sangfor", "juniper": "juniper_srx",
    "qemu": "kvm", "metro_afc": "metro", "charging_pile": "ev_charger", "ocpp": "ev_charger",
    "blockchain_node": "blockchain", "ethereum": "blockchain", "bitcoin_node": "blockchain",
    "crypto_node": "blockchain", "express_locker": "parcel_locker", "bmc": "ipmi", "hpe_ilo": "ipmi",
    "redfish": "ipmi", "nvr": "camera", "hikvision": "camera", "dahua": "camera", "ipc_nvr": "camera",
    "pv_inverter": "solar", "photovoltaic": "solar", "wind_farm": "wind",
    "nacos_naming": "nacos", "sentinel_console": "sentinel", "seata_tc": "seata", "rocketmq_proxy": "rocketmq",
    "dubbo_gateway": "dubbo", "xxl_executor": "xxl_job", "sharding_proxy": "shardingsphere",
    "canal_adapter": "canal", "apollo_portal": "apollo", "skywalking_oap": "skywalking", "tikv_store": "tidb",
    "obproxy_log": "oceanbase", "ds_worker": "dolphinscheduler", "doris_fe": "doris", "taos_adapter": "tdengine",
    "minio_cn": "minio",
}  # fmt: skip
_HELD_FAMILIES = 2  # of each category and language, for validation and for the test each
_LARGEST_HELD = 0.02  # a family with a larger share of all templates stays in training
_HELD_TEMPLATES = 0.08  # of what remains of a category and language, for validation and for the test each


class Split(StrEnum):
    TRAIN = "train"
    VALIDATION = "validation"
    TEST = "test"


_HELD = (Split.TEST, Split.VALIDATION)


def family_of(system: str) -> str:
    """The software that a system's name stands for."""
    return _SAME.get(system, system)


def held_out_systems(templates: Sequence[Template]) -> dict[str, Split]:
    """Family -> the split that has it alone.

    Every category has two such families for validation and two for the test in each language, as far as there are any
    that are not too large to miss in training. A family is taken by its hash, so that it is nobody's choice.
    """
    sizes = Counter(family_of(template.system) for template in templates)
    families: dict[tuple[str, str], set[str]] = defaultdict(set)
    for template in templates:
        families[template.category, template.language].add(family_of(template.system))
    held: dict[str, Split] = {}
    for key in sorted(families, key=lambda key: _hash("/".join(key))):
        small = {family for family in families[key] if sizes[family] <= _LARGEST_HELD * len(templates)}
        for split in _HELD * _HELD_FAMILIES:
            is_wanting = sum(held.get(family) is split for family in families[key]) < _HELD_FAMILIES
            if is_wanting and (free := small - set(held)):
                held[min(free, key=_hash)] = split
    return held


def split_templates(templates: Sequence[Template]) -> dict[str, Split]:
    """Template id -> its split."""
    held = held_out_systems(templates)
    splits = {t.id: held.get(family_of(t.system), Split.TRAIN) for t in templates}
    rest: dict[tuple[str, str], list[str]] = defaultdict(list)
    for template in templates:
        if splits[template.id] is Split.TRAIN:
            rest[template.category, template.language].append(template.id)
    for ids in rest.values():
        ranked = sorted(set(ids), key=_hash)
        count = round(_HELD_TEMPLATES * len(ranked))
        for turn, split in enumerate(_HELD):
            splits.update(dict.fromkeys(ranked[turn * count : (turn + 1) * count], split))
    return splits


def _hash(text: str) -> str:
    return sha256(text.encode()).hexdigest()
