# ruff: noqa: E501 - a script row is a log line and stays whole
"""物联网边缘网关: a Chinese IoT gateway (Modbus, MQTT, 4G, local rules); ``time | level | module | message``."""

from services.trainer.datasets.simulators import clocks
from services.trainer.datasets.simulators import fields as f
from services.trainer.datasets.simulators.engine import Simulator, fault, flow

_FIELDS = {
    "dev": f.shapes("PLC-0#", "METER-##", "SENSOR-1##", "PUMP-0#"),
    "kind": f.ranked("温度传感器", "电能表", "水泵控制器", "压力变送器", "烟雾探测器", "空调机组"),
    "site": f.ranked("一号厂房", "二号厂房", "锅炉房", "配电室", "冷库A区"),
    "temp": f.decimal(18.2, 42.9, 1),
    "hot": f.ramp(81, 1.03, 1),
    "press": f.decimal(0.31, 0.92, 2),
    "kwh": f.decimal(120, 9800, 1),
    "reg": f.shaped("4####"),
    "n": f.integer(2, 60),
    "ms": f.skewed(46, 0.6, least=5),
    "slow": f.integer(1200, 4900),
    "rssi": f.integer(52, 84),
    "weak": f.integer(103, 117),
    "topic": f.ranked("factory/line1/up", "factory/line2/up", "energy/meter/up", "safety/smoke/up"),
    "msg": f.counter(50000, 7),
    "cache": f.ramp(300, 1.4),
    "ver": f.shaped("V3.#.#"),
    "fw": f.shaped("fw_3.#.#.bin"),
    "ip": f.address("192.168.8."),
    "bad": f.address("192.168.8."),
    "cpu": f.gauge(11, 46),
    "mem": f.gauge(34, 62),
    "disk": f.gauge(22, 48),
    "full": f.ramp(91, 1.008, 1),
    "batt": f.integer(71, 100),
    "rule": f.ranked("高温联动", "夜间节能", "漏水告警", "峰谷用电", "门禁联动"),
    "name": f.ranked("张工", "李工", "值班员", "巡检员"),
    "v": f.decimal(219, 232, 1),
    "low": f.decimal(161, 187, 1),
    "mac": f.shaped("00:1a:??:??:??:??"),
    "drift": f.integer(40, 900),
}

_FLOWS = (
    flow("采集", 12, """
        调试 采集服务 | 轮询设备{dev}，寄存器{reg}，数量{n}
        信息 采集服务 | 设备{dev}（{kind}）数据：温度{temp}℃，耗时{ms}毫秒
        ?0.4 信息 采集服务 | 设备{dev}（{kind}）数据：压力{press}MPa
        /?0.3 信息 采集服务 | 设备{dev}（{kind}）数据：累计电量{kwh}千瓦时，电压{v}伏
        ?0.6 调试 数据缓存 | 写入本地缓存，测点{n}个
    """),
    flow("上报", 6, """
        信息 消息上报 | 发布消息成功，主题={topic}，消息号={msg}，大小{n}00字节
        ?0.3 调试 消息上报 | 收到平台确认，消息号={msg}，往返{ms}毫秒
    """),
    flow("下发", 1.2, """
        信息 指令下发 | 收到平台指令，设备={dev}，动作=写寄存器{reg}，值={n}
        信息 指令下发 | 指令执行成功，设备={dev}，耗时{ms}毫秒
        信息 消息上报 | 指令应答已上报，设备={dev}
    """),
    flow("采集重试", 0.6, """
        警告 采集服务 | 设备{dev}应答超时，{ms}0毫秒内无数据，准备第1次重试
        +100-600 信息 采集服务 | 设备{dev}第1次重试成功，耗时{ms}毫秒
    """),
    flow("校验错误", 0.3, """
        警告 采集服务 | 设备{dev}应答报文校验错误，丢弃本帧
        信息 采集服务 | 设备{dev}（{kind}）数据：温度{temp}℃，耗时{ms}毫秒
    """),
    flow("规则", 1.5, """
        信息 规则引擎 | 触发规则【{rule}】，条件设备={dev}，位置={site}
        ?0.5 信息 规则引擎 | 执行动作：开启{site}风机，结果=成功
        / 信息 规则引擎 | 执行动作：推送提醒给{name}，结果=成功
    """),
    flow("轻微越限", 0.5, """
        警告 告警服务 | {site}温度{temp}℃接近上限，设备={dev}
        +900-4000 信息 告警服务 | {site}温度恢复正常，设备={dev}
    """),
    flow("设备上下线", 0.6, """
        信息 设备管理 | 设备{dev}离线，最后通信{n}秒前
        +900-5000 信息 设备管理 | 设备{dev}上线，地址{ip}，信号-{rssi}dBm
    """),
    flow("网络", 1, """
        调试 网络管理 | 4G信号强度-{rssi}dBm，运营商=中国移动
        ?0.1 警告 网络管理 | 4G连接短暂中断，自动重拨
        & +500-2500 信息 网络管理 | 4G重新连接成功，耗时{ms}0毫秒
    """),
    flow("平台重连", 0.2, """
        警告 消息上报 | 与平台连接断开，原因=心跳超时
        +300-2000 信息 消息上报 | 与平台重新连接成功，补传缓存数据{n}条
    """),
    flow("状态", 0, """
        信息 系统监控 | 网关状态：处理器{cpu}%，内存{mem}%，存储{disk}%，温度{temp}℃
    """, every_s=30),
    flow("心跳", 0, """
        调试 消息上报 | 发送心跳，平台应答{ms}毫秒
    """, every_s=20),
    flow("对时", 0, """
        信息 系统监控 | 与时间服务器对时完成，偏差{ms}毫秒
    """, every_s=600),
    flow("电池", 0.3, """
        信息 设备管理 | 无线设备{dev}电量{batt}%
        ?0.06 警告 设备管理 | 无线设备{dev}电量低于20%，请安排更换
    """),
    flow("本地登录", 0.3, """
        信息 本地页面 | 用户{name}登录成功，来源{ip}
        ?0.15 信息 本地页面 | 用户{name}修改采集周期为{n}秒
        ?0.1 警告 本地页面 | 用户{name}口令输入错误，来源{ip}
    """),
    flow("配置同步", 0.2, """
        信息 配置管理 | 收到平台配置，版本={ver}，测点{n}个
        信息 配置管理 | 配置校验通过并生效，版本={ver}
    """),
    flow("升级", 0.03, """
        信息 固件升级 | 收到升级任务，目标版本={ver}
        *2-4 信息 固件升级 | 下载固件{fw}，进度{~n}%
        信息 固件升级 | 固件{fw}校验通过，准备重启
        +2000-6000 信息 系统启动 | 网关启动，固件版本={ver}
        信息 系统启动 | 串口COM1打开成功，波特率9600
        信息 设备管理 | 加载设备{n}台
        信息 消息上报 | 与平台连接成功
    """),
    flow("夜间归档", 0.02, """
        信息 数据缓存 | 开始归档前一日历史数据
        信息 数据缓存 | 归档完成，记录{msg}条，清理空间{n}MB
    """, every_s=86400),
)  # fmt: skip

_FAULTS = (
    fault("bus_broken", "connection_failure", "现场总线断开，一组设备全部无应答", "The field bus breaks and a whole group of devices stops answering", """
        *4-6 警告 采集服务 | 设备{~dev}应答超时，{~slow}毫秒内无数据，准备第3次重试
        & 错误 采集服务 | 设备{dev}连续3次无应答，标记为故障
        *1-2 错误 采集服务 | 串口COM1读写失败，错误码=5
        *2-3 信息 设备管理 | 设备{~dev}离线，最后通信{~n}秒前
        错误 告警服务 | {site}通信中断，影响设备{n}台，已通知{name}
    """, {"采集": """
        调试 采集服务 | 轮询设备{dev}，寄存器{reg}，数量{n}
        错误 采集服务 | 设备{dev}连续3次无应答，标记为故障
    """}),
    fault("uplink_lost", "network_partition", "上行网络中断，数据积压在本地", "The uplink is cut and data pile up on the gateway", """
        *2-3 警告 网络管理 | 4G信号强度-{~weak}dBm，信号弱
        *2-4 错误 网络管理 | 4G拨号失败，第{~n}次重拨
        *2-3 错误 消息上报 | 与平台连接失败，原因=网络不可达
        *3-5 警告 数据缓存 | 未上报数据积压{~cache}条
        警告 数据缓存 | 缓存即将写满，开始丢弃最早的数据
    """, {"上报": "错误 消息上报 | 发布消息失败，主题={topic}，已转存本地"}),
    fault("overheat", "hardware_error", "设备温度持续上升并触发保护停机", "A machine heats up until its protection stops it", """
        *3-5 警告 告警服务 | {site}温度{~hot}℃超过上限80℃，设备={dev}
        *1-2 信息 规则引擎 | 触发规则【高温联动】，条件设备={dev}，位置={site}
        错误 规则引擎 | 执行动作：开启{site}风机，结果=失败，设备无响应
        *1-2 错误 告警服务 | {site}温度{~hot}℃，达到二级告警，已电话通知{name}
        错误 指令下发 | 触发保护停机，设备={dev}
        警告 采集服务 | 设备{dev}数据异常，寄存器{reg}返回65535
    """),
    fault("storage_full", "disk_full", "本地存储写满，缓存与日志写入失败", "Local storage is full; cache and log cannot be written", """
        *2-3 警告 系统监控 | 存储使用率{~full}%，超过告警阈值90%
        *2-4 错误 数据缓存 | 写入本地缓存失败，原因=存储空间不足
        *1-2 错误 配置管理 | 保存配置失败，原因=存储空间不足
        错误 固件升级 | 下载固件{fw}中止，剩余空间不足
    """),
    fault("power_sag", "hardware_error", "供电电压异常，网关与设备反复重启", "The supply voltage sags; gateway and devices restart again and again", """
        *2-3 警告 采集服务 | 设备{~dev}（电能表）数据：电压{~low}伏，低于下限
        *1-2 错误 系统监控 | 外部电源掉电，切换至后备电池，剩余电量{~batt}%
        *2-3 +900-2500 信息 系统启动 | 网关启动，固件版本={ver}
        & 警告 系统启动 | 检测到上次为异常断电
        *2-3 信息 设备管理 | 设备{~dev}离线，最后通信{~n}秒前
    """),
    fault("local_password_guess", "authentication_attack", "局域网主机反复尝试登录网关", "A host on the local network keeps trying to log in", """
        *6-10 警告 本地页面 | 用户admin口令输入错误，来源{bad}
        *2-3 警告 本地页面 | 来源{bad}登录失败次数过多，锁定10分钟
        *2-3 警告 网络管理 | 检测到来源{bad}的异常端口连接，端口={~drift}
        错误 告警服务 | 疑似非法接入，来源{bad}，物理地址{mac}
    """),
    fault("clock_wrong", "configuration_error", "系统时钟漂移，证书校验失败，平台拒绝数据", "The clock is wrong: certificates fail and the platform rejects data", """
        *2-3 警告 系统监控 | 对时失败，本地时钟偏差{~drift}秒
        *3-5 错误 消息上报 | 与平台握手失败，原因=证书尚未生效或已过期
        *2-3 警告 消息上报 | 平台拒绝数据，原因=时间戳超出允许范围，消息号={~msg}
        *1-2 警告 数据缓存 | 未上报数据积压{~cache}条
    """),
)  # fmt: skip

SIMULATOR = Simulator(
    name="iot_gateway_zh",
    language="zh",
    headers={"": "{time} | {level} | {source} | {message}"},
    clock=clocks.pattern("%Y/%m/%d %H:%M:%S.", 3),
    fields=_FIELDS,
    flows=_FLOWS,
    faults=_FAULTS,
    lines_per_s=3,
)
