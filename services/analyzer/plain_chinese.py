"""Chinese characters that an explanation may use without a cited line holding them, and what looks like a name.

Chinese has no spaces, so words cannot be looked up; characters of everyday technical writing can. Left out on
purpose: family names and given names that mean little else. What remains (a family name that is an ordinary word,
followed by a character of given names) is caught by ``names_in``.
"""

from __future__ import annotations

import re

CHARACTERS = frozenset(
    "征融赖弹耦"
    "一七万三上下不与专且业东丢两严个中串临为主举久么义之也习书了事二于互五些亡交产人什今介仍从仓他付代令以仪们件价任"
    "份伏优伙会传伪伴似但位低住佐体何余作你使例供依侵保信修俱倍借值倾假偏做停健偶储像儿允元兆先光入全公共关兵其兼内册"
    "再写农冲决况冷准减几凭出击函分切划列则创初删判利别到制刷券前剔剧剩副力功加务动助包化北匹区十千升半华协单南占卡印"
    "危即却卷厂历压原去参叉及双反发取受变口句另只叫可台史号各合吊同名后吐向吞否含听启呈告员周味命和品响哨哪唯商器四回"
    "因围固国图圆在地场址均坏块型埋城域基堆堵塞境墙增处备复外多夜大天夭失夹奇奏套好如始威媒子字存学它守安完宕定宝实审"
    "客室害容寄密察对导封射将小少尔尚尝就尽尾局层屏展属山峰崩川州巡工巧差己已币市布带帧常幂平年并广序库应店废度康延建"
    "开异弃式引弱强归当录形影往径待得循微心必志忘忙快忽态怎急性总恐恢息恰情惠愈意感慌慢成我或战截戳户房所扇手才打扣执"
    "扩扫批找承把抓投折抛抢护报拉拒招拟拦拨拿持挂指按挖捕损换据授掉排掘探接控推措描提插握揭搜携摘撑撞播擅操擎支收改攻"
    "放故效敏散数整文断新方施旅无既日旧早时明易映昨是显晨普暂暴更替最有服望期未本机杀权束条来杯板极构析果架柄某染柜查"
    "标栈栏校样核根格案档桶械检植概槽模次款止正此步死段每比毕毫气水求汇江池汰没泄法泛波注泵洗洞洪活派流测浏海消涉涨淘"
    "深混添清渠温渲游湿溃源溢滚滞满滤漂漏演激火灰炉炸点烟热然照熔爆片版牌牙物特状独猛猜率王环现班理生用由申电界留略疑"
    "痕登的监盒盗盘目直相省看真眼着督瞬知短码研破础硬确磁示礼票禁离私种秒租积称移程稍究空穿突窗立站童端笔符第等答策签"
    "简算管箱类系素索紧累繁纠红约级纯纳线练组细终经绑结给络绝统继绪续缓编缘缩缺网罕置署群翻老考者而耗耳联胁能脑脚自至"
    "致良色节花若范荐获营落著蔽藏虑虚融行衡补表被裁裂装裹西要见观规视览角解触言警计订认训议记讲许论设访证评识词译试话"
    "询该详语误说请诺读课谁调谷象负财败账货购贷费资赖起超越足跃跑跟跨路跳踢踪身车转轮软轻载较输边达迁过运近返还这进远"
    "连迟述迹追退送选逐递途通速造逼逾遇遍道遗遥遭避那邮部都配醒采释里重量金鉴针钟钥钱银链销锁锅错键镜长门闪闭问闲间阅"
    "阈队防阵阶阻附际陆降限陡除随隐隔障集零雾需露青静非面音页项顺须顿预领频题额风饱馈首驱驳验骤高黑默龘"
)
# family names that are words as well, and characters before them with which they make another word ("进程", "提高")
_FAMILY: dict[str, str] = {
    "王": "", "高": "提过较最很偏升更太", "何": "任如为", "马": "", "林": "", "许": "允不或也", "周": "每上下一四",
    "胡": "", "曾": "不", "程": "进线过流远日工例课行", "任": "主责信担", "范": "规示", "方": "双对官地三此多前后一",
    "史": "历", "严": "", "向": "方一指转反定导面", "余": "其剩多冗", "段": "阶字时网手片一分号", "金": "资",
    "石": "", "万": "百千数一", "钱": "", "江": "", "白": "空", "毛": "", "雷": "", "池": "接程缓", "项": "选事一",
    "安": "", "常": "异正通经日", "时": "临超耗何有及同实定按此当小", "于": "由低高大小等位关对",
    "成": "完生造变达", "莫": "", "钟": "分时一", "叶": "", "尚": "", "温": "高低", "陆": "登大着",
    "付": "支交托应", "康": "健", "施": "实措设", "文": "中英日正条全报原明本", "易": "交容简贸", "申": "",
    "包": "", "符": "字", "童": "", "毕": "完", "谷": "", "游": "上下", "华": "", "房": "机", "农": "",
    "简": "", "车": "", "费": "消计", "冷": "", "边": "", "单": "订清账菜表名简", "管": "", "连": "",
    "解": "理分见", "路": "链线", "关": "有相机",
}  # fmt: skip
_GIVEN = (
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉红春梅文建国志海山川光荣飞"
    "辉鹏俊峰新亮永健东宁婷雪慧洁颖然子思晨嘉瑞泽博雨云凯"
)
_NAME = re.compile(f"[{''.join(_FAMILY)}][{_GIVEN}]{{1,2}}")
_HAN = re.compile(r"[\u3400-\u9fff]")
# words that begin like a name
_WORDS = (
    "高峰",
    "高亮",
    "常亮",
    "成文",
    "安静",
    "万国",
    "安宁",
    "时光",
    "关文",
    "路文",
    "单文",
    "单子",
    "申明",
    "包文",
    "包子",
    "华东",
    "文明",
    "管子",
)


def names_in(text: str, source: str) -> list[str]:
    """What looks like a Chinese name, or is written with a character that is neither plain nor in ``source``."""
    odd = [char for char in dict.fromkeys(_HAN.findall(text)) if char not in CHARACTERS and char not in source]
    for match in _NAME.finditer(text):
        before = text[max(0, match.start() - 1) : match.start()]
        is_word = (before and before in _FAMILY[match[0][0]]) or match[0].startswith(_WORDS)
        if not is_word and match[0] not in source:
            odd.append(match[0])
    return odd
