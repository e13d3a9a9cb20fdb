# ruff: noqa: E501 - a script row is a log line and stays whole
"""银行核心批量与支付清算: a Chinese bank's batch and clearing system; ``[time][level][module][flow no]message``."""

from services.trainer.datasets.simulators import clocks
from services.trainer.datasets.simulators import fields as f
from services.trainer.datasets.simulators.engine import Simulator, fault, flow

_FIELDS = {
    "flow": f.counter(880000000, 17),
    "acct": f.shaped("6222****####"),
    "amt": f.skewed(3200, 1.2, 2, least=0.01),
    "org": f.ranked("总行营业部", "北京分行", "上海分行", "深圳分行", "杭州分行", "成都分行", "青岛分行"),
    "code": f.ranked("C1001", "C1002", "T2041", "T2088", "Q3001", "P5010"),
    "biz": f.ranked("行内转账", "跨行转账", "代发工资", "贷款还款", "理财申购", "信用卡还款", "水电代扣"),
    "bank": f.ranked("工商银行", "建设银行", "农业银行", "中国银行", "招商银行", "交通银行"),
    "ch": f.ranked("柜面", "网银", "手机银行", "自助终端", "第三方支付"),
    "teller": f.shaped("T#####"),
    "n": f.integer(2, 96),
    "batch": f.shaped("PL2026######"),
    "rows": f.integer(800, 96000),
    "step": f.integer(1, 12),
    "ms": f.skewed(86, 0.7, least=4),
    "slow": f.integer(5000, 29000),
    "file": f.ranked("ACCT_BAL", "TXN_DETAIL", "CLEAR_SUM", "INT_ACCR", "GL_VOUCHER"),
    "date": f.shaped("2026-0#-1#"),
    "md5": f.shaped("????????????????????????????????"),
    "ip": f.address("10.100."),
    "node": f.one_of("核心一号节点", "核心二号节点", "批量节点"),
    "pct": f.gauge(31, 78),
    "queue": f.gauge(3, 60),
    "pile": f.ramp(2200, 1.35),
    "wait": f.ramp(3, 1.4, 1),
    "used": f.ramp(91, 1.008, 1),
    "err": f.shaped("ORA-0####"),
}

_FLOWS = (
    flow("转账", 12, """
        信息 交易网关 | 接收{ch}交易请求，交易码={code}，业务={biz}
        信息 账务处理 | 账户{acct}状态检查通过，开户机构={org}
        ?0.3 信息 额度控制 | 账户{acct}当日累计限额检查通过
        信息 账务处理 | 借记账户{acct}金额{amt}元成功
        信息 账务处理 | 贷记对方账户{~acct}金额{amt}元成功
        ?0.4 信息 短信通知 | 动账短信已提交，账户{acct}
        信息 交易网关 | 交易成功，返回码=000000，耗时{ms}毫秒
    """),
    flow("跨行", 5, """
        信息 交易网关 | 接收{ch}交易请求，交易码={code}，业务=跨行转账
        信息 大小额前置 | 组装人行报文hvps.111.001.01，接收行={bank}
        +100-900 信息 大小额前置 | 收到人行回执，状态=已清算，接收行={bank}
        信息 账务处理 | 跨行转账记账完成，金额{amt}元
        ?0.03 警告 大小额前置 | 人行回执延迟，已等待{ms}秒，自动查询一次
        信息 交易网关 | 交易成功，返回码=000000，耗时{ms}毫秒
    """),
    flow("余额查询", 6, """
        信息 交易网关 | 接收{ch}交易请求，交易码=Q3001，业务=余额查询
        信息 账务处理 | 账户{acct}余额查询完成，耗时{ms}毫秒
    """),
    flow("余额不足", 0.9, """
        信息 交易网关 | 接收{ch}交易请求，交易码={code}，业务={biz}
        警告 账务处理 | 账户{acct}可用余额不足，交易拒绝，返回码=100051
    """),
    flow("密码错误", 0.5, """
        警告 安全认证 | 账户{acct}交易密码错误，剩余可尝试次数2
    """),
    flow("超时冲正", 0.3, """
        警告 交易网关 | 渠道{ch}等待应答超时，发起自动冲正
        信息 账务处理 | 冲正成功，原流水已回退，金额{amt}元
    """),
    flow("柜员", 2, """
        信息 柜面服务 | 柜员{teller}签到成功，机构={org}，终端={ip}
        ?0.3 信息 柜面服务 | 柜员{teller}授权通过，业务={biz}，金额{amt}元
        ?0.3 信息 柜面服务 | 柜员{teller}签退，当日业务{n}笔
    """),
    flow("文件下发", 1.2, """
        信息 文件传输 | 开始生成文件{file}_{date}.dat，机构={org}
        信息 文件传输 | 文件{file}_{date}.dat生成完成，共{rows}行，摘要={md5}
        信息 文件传输 | 文件{file}_{date}.dat发送成功，目标={bank}前置机，耗时{ms}秒
    """),
    flow("文件重传", 0.15, """
        警告 文件传输 | 文件{file}_{date}.dat发送中断，等待30秒后重传
        信息 文件传输 | 文件{file}_{date}.dat断点续传成功，续传位置{rows}
    """),
    flow("批量任务", 2, """
        信息 批量调度 | 批次{batch}启动，任务={biz}，预计{rows}笔
        *2-4 信息 批量执行 | 批次{batch}第{~step}步处理完成，成功{~rows}笔，失败0笔
        ?0.2 警告 批量执行 | 批次{batch}存在{n}笔账户状态异常，转人工处理
        信息 批量调度 | 批次{batch}执行完毕，总耗时{ms}秒
    """, pace=(50, 900)),
    flow("利息计提", 0.3, """
        信息 批量执行 | 开始计提利息，机构={org}，账户数{rows}
        信息 批量执行 | 利息计提完成，机构={org}，合计{amt}万元
    """),
    flow("对账", 0.8, """
        信息 对账中心 | 开始与{bank}对账，日期={date}
        信息 对账中心 | 与{bank}对账完成，共{rows}笔，差异0笔
    """),
    flow("总账", 0.6, """
        信息 总账系统 | 机构{org}借贷平衡检查通过，借方{amt}万元，贷方{amt}万元
    """),
    flow("反洗钱", 0.4, """
        信息 反洗钱 | 账户{acct}命中大额交易规则，已登记，金额{amt}万元
    """),
    flow("队列监控", 0, """
        信息 消息中间件 | 队列QM.CORE.IN深度{queue}，消费者正常
        ?0.4 信息 系统监控 | {node}处理器使用率{pct}%，数据库会话{queue}个
    """, every_s=60),
    flow("心跳", 0, """
        调试 系统监控 | {node}心跳正常，主备同步延迟0秒
    """, every_s=20),
    flow("参数刷新", 0.08, """
        信息 参数中心 | 汇率参数更新完成，共{n}个币种
        ?0.4 信息 参数中心 | 节假日参数加载完成，年度=2026
    """),
    flow("日终", 0.03, """
        信息 日终处理 | 日终切换开始，会计日期={date}
        信息 日终处理 | 停止接收当日批量，剩余{n}个批次等待完成
        *3-5 信息 日终处理 | 第{~step}阶段完成，处理{~rows}笔
        信息 总账系统 | 全行借贷平衡检查通过
        信息 日终处理 | 会计日期切换成功，系统恢复日间状态
        信息 数据备份 | 日终备份完成，数据量{rows}MB
    """, every_s=86400),
    flow("密钥更新", 0.04, """
        信息 加密平台 | 与{bank}的工作密钥更新成功，密钥版本{n}
    """),
)  # fmt: skip

_FAULTS = (
    fault("clearing_line_lost", "network_partition", "人行前置专线中断，跨行报文无法送达", "The line to the central bank is cut; interbank messages do not arrive", """
        *2-4 警告 大小额前置 | 人行回执延迟，已等待{~wait}秒，自动查询一次
        *2-3 错误 大小额前置 | 与人行前置机{ip}:4001连接中断，第{~n}次重连失败
        *2-3 错误 大小额前置 | 报文hvps.111.001.01发送失败，接收行={~bank}，转入待发队列
        警告 消息中间件 | 队列QM.PBC.OUT深度{pile}，超过告警阈值2000
        错误 交易网关 | 跨行业务暂停受理，返回码=900003
    """, {"跨行": """
        信息 交易网关 | 接收{ch}交易请求，交易码={code}，业务=跨行转账
        错误 交易网关 | 交易失败，返回码=900003，原因=清算通道不可用
    """}),
    fault("core_db_error", "database_error", "核心库表空间与会话异常，记账失败", "The core database fails: sessions and tablespace; postings break", """
        *2-3 错误 账务处理 | 记账失败，账户{~acct}，数据库错误{~err}: 无法扩展表空间TBS_TXN
        *2-3 错误 数据访问 | 获取数据库会话失败，{err}: 超出最大会话数
        *1-2 警告 账务处理 | 事务回滚，金额{~amt}元
        错误 批量执行 | 批次{batch}第{step}步异常中止，已处理{rows}笔
        错误 系统监控 | {node}数据库会话达到上限600，等待{n}个
        *2-3 错误 交易网关 | 交易失败，返回码=999998，原因=系统繁忙
    """, {"转账": """
        信息 交易网关 | 接收{ch}交易请求，交易码={code}，业务={biz}
        错误 账务处理 | 记账失败，账户{acct}，数据库错误{err}: 事务已中止
        错误 交易网关 | 交易失败，返回码=999998，原因=系统繁忙
    """}),
    fault("row_lock", "deadlock", "热点账户行锁等待，批量与联机互相阻塞", "A hot account is locked; batch and online postings block each other", """
        *3-5 警告 账务处理 | 等待账户{acct}行锁{~wait}秒
        *2-3 错误 数据访问 | ORA-00060: 等待资源时检测到死锁，账户{~acct}
        *1-2 警告 批量执行 | 批次{batch}第{~step}步重试，原因=资源忙
        *2-3 错误 交易网关 | 交易超时，返回码=900010，耗时{~slow}毫秒
        错误 批量调度 | 批次{batch}超过最大运行时间，请求人工介入
    """),
    fault("unbalanced_ledger", "data_corruption", "借贷不平，对账出现大量差异", "The ledger does not balance and reconciliation shows differences", """
        *1-2 警告 账务处理 | 流水重复入账，账户{acct}，金额{amt}元
        *2-3 错误 对账中心 | 与{~bank}对账不平，差异{~n}笔，差额{~amt}元
        错误 总账系统 | 机构{org}借贷不平，借方{~amt}万元，贷方{~amt}万元
        *1-2 错误 文件传输 | 文件{~file}_{date}.dat摘要不一致，期望{~md5}，实际{~md5}
        错误 日终处理 | 借贷平衡检查未通过，日终切换挂起
    """),
    fault("batch_disk_full", "disk_full", "批量节点磁盘写满，文件生成失败", "The batch node's disk is full; files cannot be written", """
        *2-3 警告 系统监控 | 批量节点磁盘/data使用率{~used}%
        *2-3 错误 文件传输 | 生成文件{~file}_{date}.dat失败，原因=设备上没有空间
        错误 批量执行 | 批次{batch}写中间文件失败，原因=设备上没有空间
        *1-2 错误 数据备份 | 归档日志写入失败，磁盘空间不足
        警告 批量调度 | 批次{batch}挂起，等待空间释放
    """, {"文件下发": ""}),
    fault("hsm_certificate", "certificate_expired", "加密机证书过期，验签与加密全部失败", "The crypto module's certificate has expired; signing and checking fail", """
        警告 加密平台 | 与{bank}的通信证书将于今日到期
        *3-5 错误 加密平台 | 验签失败，证书已过期，接收行={~bank}，证书序列号={~md5}
        *2-3 错误 大小额前置 | 报文签名失败，返回码=E7012，接收行={~bank}
        *1-2 错误 交易网关 | 交易失败，返回码=900021，原因=安全认证失败
        错误 加密平台 | 工作密钥更新失败，与{bank}握手被拒绝
    """),
    fault("password_probe", "authentication_attack", "对多个账户的交易密码试探", "Passwords of many accounts are tried", """
        *7-12 警告 安全认证 | 账户{~acct}交易密码错误，剩余可尝试次数2
        *2-3 警告 安全认证 | 账户{~acct}交易密码错误，剩余可尝试次数0，账户已锁定
        *1-2 警告 安全认证 | 终端{ip}短时间内涉及{~n}个账户，疑似密码试探
        错误 反洗钱 | 终端{ip}列入可疑名单，来源=安全认证
    """),
    fault("message_pileup", "queue_backlog", "核心入队消息积压，交易响应变慢", "Messages pile up before the core and answers slow down", """
        *3-5 警告 消息中间件 | 队列QM.CORE.IN深度{~pile}，超过告警阈值2000
        *2-3 警告 交易网关 | 交易排队等待{~wait}秒，渠道={~ch}
        *1-2 错误 消息中间件 | 消费者{~n}号无应答，已断开
        *2-3 警告 交易网关 | 渠道{~ch}等待应答超时，发起自动冲正
        错误 短信通知 | 动账短信发送延迟，积压{pile}条
    """),
)  # fmt: skip

SIMULATOR = Simulator(
    name="bank_batch_zh",
    language="zh",
    headers={"": "[{time}] [{level}] [{source}] [流水号:{^flow}] {message}"},
    clock=clocks.PLAIN,
    fields=_FIELDS,
    flows=_FLOWS,
    faults=_FAULTS,
    lines_per_s=6,
)
