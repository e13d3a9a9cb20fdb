"""The words of the random grammar, English beside Chinese, so that both languages of a message mean the same.

Written for this project. ``PAIRS[kind]`` is a tuple of (English, Chinese); verbs are (past, -ing form, Chinese).
"""

from __future__ import annotations

from typing import NamedTuple


class Word(NamedTuple):
    """One meaning in both languages."""

    en: str
    zh: str


class Verb(NamedTuple):
    """One action: "Opened", "Opening", 打开."""

    past: str
    doing: str
    zh: str


def _words(text: str) -> tuple[Word, ...]:
    return tuple(Word(*pair.strip().split("=")) for pair in text.replace("\n", ",").split(",") if pair.strip())


def _verbs(text: str) -> tuple[Verb, ...]:
    return tuple(Verb(*item.strip().split("=")) for item in text.replace("\n", ",").split(",") if item.strip())


OBJECTS = _words(
    """connection=连接, request=请求, response=响应, session=会话, transaction=事务, block=数据块, replica=副本
    partition=分区, message=消息, queue=队列, task=任务, job=作业, order=订单, payment=支付单, user=用户
    account=账户, token=令牌, cache entry=缓存项, file=文件, directory=目录, disk=磁盘, volume=卷, snapshot=快照
    backup=备份, index=索引, table=数据表, row=记录, query=查询, database=数据库, thread=线程
    thread pool=线程池, process=进程, worker=工作线程, container=容器, pod=容器组, node=节点, host=主机
    cluster=集群, service=服务, instance=实例, leader=主节点, follower=从节点, lease=租约, lock=锁
    certificate=证书, key=密钥, policy=策略, rule=规则, configuration=配置, parameter=参数, plugin=插件
    module=模块, driver=驱动, device=设备, interface=网口, port=端口, socket=套接字, channel=通道, packet=数据包
    route=路由, gateway=网关, proxy=代理, load balancer=负载均衡, heartbeat=心跳, metric=指标, event=事件
    alarm=告警项, log segment=日志段, checkpoint=检查点, journal=流水, buffer=缓冲区, memory page=内存页
    heap=堆内存, memory=内存, cpu core=处理器核, temperature sensor=温度传感器, fan=风扇, power supply=电源
    memory controller=内存控制器, mount point=挂载点, image=镜像, package=安装包, record=条目, document=文档
    schema=表结构, migration=迁移, batch=批次, stream=数据流, consumer=消费者, producer=生产者, topic=主题
    offset=位移, subscription=订阅, invoice=发票, inventory=库存, coupon=优惠券, shipment=运单, product=商品
    customer=客户, report=报表, email=邮件, sms=短信, notification=通知, callback=回调, endpoint=接口
    thumbnail=缩略图, upload=上传, download=下载, login=登录, password=密码, role=角色, permission=权限
    timer=定时器, schedule=调度计划, workflow=流程, step=步骤, stage=阶段, shard=分片, region=区域, object=对象
    bucket=存储桶, address=地址, name server=域名服务器, kernel module=内核模块, interrupt=硬件中断, link=链路
    switch=交换机, rack=机架, job tracker=作业跟踪器, map output=映射输出, reducer=归约任务"""
)

ACTIONS = _verbs(
    """opened=opening=打开, closed=closing=关闭, created=creating=创建, deleted=deleting=删除
    updated=updating=更新, received=receiving=接收, sent=sending=发送, started=starting=启动
    stopped=stopping=停止, loaded=loading=加载, saved=saving=保存, read=reading=读取, wrote=writing=写入
    accepted=accepting=接受, processed=processing=处理, scheduled=scheduling=调度, assigned=assigning=分配
    released=releasing=释放, acquired=acquiring=获取, registered=registering=注册, removed=removing=移除
    added=adding=添加, verified=verifying=校验, validated=validating=验证, committed=committing=提交
    flushed=flushing=刷新, compacted=compacting=合并, replicated=replicating=复制
    synchronized=synchronizing=同步, allocated=allocating=申请, initialized=initializing=初始化
    resumed=resuming=恢复, fetched=fetching=拉取, pushed=pushing=推送, published=publishing=发布
    served=serving=提供, delivered=delivering=投递, forwarded=forwarding=转发, enabled=enabling=启用
    disabled=disabling=停用, refreshed=refreshing=续期, renewed=renewing=续租, rotated=rotating=轮转
    archived=archiving=归档, parsed=parsing=解析, compiled=compiling=编译, mounted=mounting=挂载
    attached=attaching=附加, detected=detecting=检测到, resolved=resolving=解析, bound=binding=绑定
    elected=electing=选举, joined=joining=加入, transferred=transferring=传输, cached=caching=缓存
    expired=expiring=清理, collected=collecting=收集, reported=reporting=上报, launched=launching=拉起
    submitted=submitting=提交, completed=completing=完成, authenticated=authenticating=认证
    authorized=authorizing=授权"""
)

# predicates of an object
TROUBLES = _words(
    """failed=失败, timed out=超时, was refused=被拒绝, is unreachable=不可达, is not responding=无响应
    was lost=丢失, is corrupted=已损坏, crashed=崩溃, was aborted=被中止, was killed=被杀死
    could not be opened=无法打开, could not be created=无法创建, cannot be allocated=无法分配
    could not be written=写入失败, is unavailable=不可用, was rejected=被驳回, has been denied=权限不足
    was reset by peer=被对端重置, was interrupted=被中断, is exhausted=已耗尽, is full=已满
    terminated unexpectedly=异常退出, terminated abnormally=异常终止, does not exist=不存在
    is in an illegal state=状态非法, mismatch detected=不一致, checksum error=校验和错误
    parity error=奇偶校验错误, deadlock detected=检测到死锁, overflow=溢出, exception=异常, error=错误
    failure=故障, panic=严重故障, machine check=机器检查异常, uncorrectable error=不可纠正错误, leaked=泄漏
    is offline=离线, went down=宕机, disconnected unexpectedly=意外断开, broken pipe=管道破裂, overheated=过热
    is locked out=被锁定, quota exceeded=超出配额, rolled back=已回滚, is invalid=无效, was evicted=被驱逐
    stalled=卡死"""
)

CAUSES = _words(
    """no space left on device=磁盘空间不足, connection refused=连接被拒绝, out of memory=内存溢出
    permission denied=没有权限, read timed out=读取超时, no route to host=主机不可达
    input/output error=输入输出错误, bad file descriptor=文件描述符错误, too many open files=打开文件过多
    connection reset by peer=连接被对端重置, network is unreachable=网络不可达
    unexpected end of stream=数据流意外结束, null pointer=空指针, index out of bounds=下标越界
    authentication failure=认证失败, invalid credentials=用户名或密码错误, certificate has expired=证书已过期
    lock wait timeout exceeded=等待锁超时, duplicate key=主键冲突, table is full=表空间已满
    unknown host=域名无法解析, service unavailable=服务不可用, bad gateway=网关错误
    internal server error=服务器内部错误, stack overflow=栈溢出, segmentation fault=段错误
    heartbeat lost=心跳丢失, checksum mismatch=校验和不一致, hardware failure=硬件故障, quorum lost=失去多数派
    rate limit exceeded=超出限流阈值, version conflict=版本冲突, missing dependency=缺少依赖
    illegal argument=参数非法, pool exhausted=连接池耗尽, dependency failed=下游依赖失败
    circuit breaker open=触发熔断, data inconsistency=数据不一致"""
)

WARNINGS = _words(
    """is slow=响应缓慢, will be retried=将重试, retrying=正在重试, is almost full=即将写满
    usage is high=使用率偏高, is deprecated=已弃用, took longer than expected=耗时过长
    is lagging behind=存在积压, expires soon=即将过期, not found=未找到, skipped=已跳过, was throttled=被限流
    fell back to default=使用默认值, is stale=已陈旧, pending for a long time=等待时间过长
    exceeded soft limit=超过告警阈值, duplicate ignored=忽略重复, reconnecting=正在重连, degraded=已降级
    backlog is growing=积压增长"""
)

STATES = _words(
    """ready=就绪, running=运行中, idle=空闲, active=活跃, finished=已完成, pending=等待中, healthy=健康, up=在线
    ok=正常, successful=成功, done=完毕, allowed=允许, unchanged=无变化, available=可用, accepted=已受理"""
)

FIELDS = _words(
    """size=大小, count=数量, latency=耗时, duration=时长, id=编号, user=用户, host=主机, port=端口, status=状态
    code=状态码, attempt=重试次数, offset=位移, bytes=字节数, progress=进度, version=版本, queue=队列长度
    remaining=剩余, total=总数, amount=金额, elapsed=用时, node=节点, path=路径, src=来源, dest=目标, term=任期
    epoch=轮次, priority=优先级, threads=线程数, usage=使用率, name=名称, type=类型, owner=所有者, ip=地址
    key=键"""
)

PARTS = _words(
    """scheduler=调度, storage=存储, network=网络, auth=认证, order=订单, payment=支付, cache=缓存, index=索引
    replica=副本, gateway=网关, session=会话, user=用户, kernel=内核, memory=内存, disk=磁盘, queue=队列
    job=作业, block=块, stream=流, query=查询, config=配置, event=事件, metric=指标, alert=告警, backup=备份
    cluster=集群, node=节点, task=任务, file=文件, cron=定时, mail=邮件, search=搜索, message=消息, lock=锁
    raft=共识, log=日志, proxy=代理, dns=域名, data=数据, api=接口, web=网页, device=设备, power=电源
    sensor=传感器, inventory=库存"""
)
ROLES = [
    "Manager",
    "Service",
    "Server",
    "Client",
    "Handler",
    "Worker",
    "Controller",
    "Executor",
    "Monitor",
    "Listener",
    "Dispatcher",
    "Factory",
    "Engine",
    "Agent",
    "Pool",
    "Store",
    "Tracker",
    "Allocator",
    "Receiver",
    "Sender",
    "Loader",
    "Writer",
    "Reader",
    "Proxy",
    "Daemon",
    "Registry",
    "Coordinator",
]
METHODS = [
    "run",
    "start",
    "init",
    "handle",
    "process",
    "doFilter",
    "execute",
    "invoke",
    "onMessage",
    "read",
    "write",
    "flush",
    "commit",
    "apply",
    "accept",
    "poll",
    "submit",
]
USERS = [
    "root",
    "admin",
    "alice",
    "bob",
    "guest",
    "deploy",
    "www-data",
    "zhang.wei",
    "li_na",
    "oracle",
    "postgres",
    "svc-batch",
    "test",
    "jenkins",
]
PATHS = [
    "/var/lib",
    "/data",
    "/opt/app",
    "/etc",
    "/usr/local",
    "/run/app",
    "/home/user",
    "/mnt/disk",
    "/srv/www",
    "/proc",
]
