#!/bin/bash
# 夜间维护: backups, repository mirrors, clean-up and packages, as a cron script in a Chinese locale does them.
# Every tool's own words go to syslog under the tool's name. Run: WORK_DIR REPOSITORY
export LC_ALL=zh_CN.UTF-8
work=$1 repository=$2
cd "$work" || exit 1
under() { local tag=$1; shift; "$@" 2>&1 | grep -v '^$' | logger -t "$tag[$$]" -p user.info; return "${PIPESTATUS[0]}"; }
say() { logger -t "maintenance[$$]" -p user.notice "$*"; }
complain() { logger -t "maintenance[$$]" -p user.err "$*"; }
day=$(date +%Y年%m月%d日)
say "夜间维护开始，日期：$day"
case $((RANDOM % 6)) in
0) say "任务一：备份应用数据"
   if under tar tar czvf "backup/data-$$.tar.gz" data; then say "备份完成，文件大小 $(stat -c %s "backup/data-$$.tar.gz") 字节"
   else complain "备份失败，请管理员检查磁盘与权限"; fi
   under gzip gzip -tv "backup/data-$$.tar.gz"
   find backup -name '*.tar.gz' | sort | head -n -3 | while read -r old; do under rm rm -v "$old"; done ;;
1) say "任务二：同步代码仓库"
   [ -d mirror ] || under git git clone "$repository" mirror
   if under git git -C mirror pull --no-rebase; then say "代码同步完成"; else complain "代码同步失败，退出码 $?"; fi
   echo "记录 $RANDOM" >> mirror/log.txt
   under git git -C mirror add log.txt && under git git -C mirror commit -m "自动提交 $$" && under git git -C mirror push
   under git git -C mirror status ;;
2) say "任务三：清理临时文件"
   for n in 1 2 3; do under mkdir mkdir -pv "cache/$n"; under cp cp -v data/1.txt "cache/$n/"; done
   under rm rm -rv cache
   under df df -h "$work" ;;
3) say "任务四：检查软件包更新"
   under apt apt-get -s install "${PACKAGE:-hello}" || complain "软件包检查失败"
   under dpkg dpkg-query -W -f '${Package} ${Version} ${Status}\n' "${PACKAGE:-bash}" ;;
4) say "任务五：下载配置"
   if under wget wget -nv -T 2 -t 1 -O download.conf "http://127.0.0.1:8001/${CONFIG:-api/cart}"; then say "配置下载成功"
   else complain "配置下载失败，沿用旧配置"; fi
   under mv mv -v download.conf current.conf ;;
5) say "任务六：汇总日志"
   under make make -C data || complain "汇总失败"
   under diff diff -s data/1.txt data/1.txt
   under sort sort -o sorted.txt data/1.txt && under cp cp -v sorted.txt backup/ ;;
esac
say "夜间维护结束，共用时 $SECONDS 秒"
