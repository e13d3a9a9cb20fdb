-- Write what became of a claim, all at once, if its token still holds.
-- KEYS  due, stream, blocks, verdicts, baseline, flags, totals, dead, flags:due,
--       archive:windows, archive:bytes, archive:wanted; then the key of each flag
-- ARGV  name, token, now_ms, state, folded, marks, cursor, verdicts, windows, failed, fields of baselines, flag ttl (s),
--       events whose verdicts are kept, flags kept, events for the archive ('' = none),
--       bytes that may wait for the archive; then for each field: name, value ('' drops it);
--       for each flag: window id, last seq, JSON; then dead letters
-- reply 1 | 2 (written, but no room on the way to the archive) | 0 (the lease is another's: nothing was written)
local name, stream, now = ARGV[1], KEYS[2], ARGV[3]
local folded, marks, cursor = ARGV[5], ARGV[6], ARGV[7]
local h = redis.call('HMGET', stream, 'holder', 'head', 'marks', 'cursor', 'limit', 'bad_until', 'sequence_ttl',
  'folded', 'folded_marks')
if h[1] ~= ARGV[2] then return 0 end
local head = tonumber(h[2])

-- Deletions come first: a full Redis 6.2 allows them, and after them the writes.
redis.call('HDEL', stream, 'holder', 'worker', 'lease_until', 'attempts', 'range', 'error')
if h[5] and tonumber(folded) >= (tonumber(h[6]) or 0) then
  redis.call('HDEL', stream, 'limit', 'bad_until')
end
if cursor == folded then
  redis.call('XTRIM', KEYS[3], 'MINID', '=', string.format('%s-%.0f', folded, tonumber(marks) + 1))
else
  redis.call('XTRIM', KEYS[3], 'MINID', '=', string.format('%.0f-0', tonumber(cursor) + 1))
end

redis.call('HSET', stream, 'state', ARGV[4], 'folded', folded, 'folded_marks', marks, 'cursor', cursor)
if ARGV[8] ~= '' then
  redis.call('XADD', KEYS[4], folded .. '-' .. marks, 'c', cursor, 'v', ARGV[8])
  redis.call('XTRIM', KEYS[4], 'MINID', '~', string.format('%.0f', math.max(0, tonumber(folded) - tonumber(ARGV[13]))))
end
local fields = tonumber(ARGV[11])
for i = 1, fields do
  local field, value = ARGV[15 + 2 * i], ARGV[16 + 2 * i]
  if value == '' then redis.call('HDEL', KEYS[5], field) else redis.call('HSET', KEYS[5], field, value) end
end
if fields > 0 then redis.call('HINCRBY', stream, 'baseline_version', 1) end

local reply = 1
if ARGV[15] ~= '' and redis.call('EXISTS', KEYS[12]) == 1 then
  local size = #ARGV[8] + #ARGV[15]
  if tonumber(redis.call('GET', KEYS[11]) or '0') + size <= tonumber(ARGV[16]) then
    redis.call('XADD', KEYS[10], '*', 's', name, 'v', ARGV[8], 'e', ARGV[15])
    redis.call('INCRBY', KEYS[11], size)
  else
    redis.call('HINCRBY', KEYS[7], 'archive_full', ARGV[9])
    reply = 2
  end
end

local flags, after = #KEYS - 12, 16 + 2 * fields
for i = 1, flags do
  local window_id, last_seq, json = ARGV[after + 3 * i - 2], ARGV[after + 3 * i - 1], ARGV[after + 3 * i]
  redis.call('SET', KEYS[12 + i], json, 'EX', ARGV[12])
  redis.call('ZADD', KEYS[6], last_seq, window_id)
  redis.call('ZADD', KEYS[9], 'NX', now, window_id)
end
if flags > 0 then
  redis.call('ZREMRANGEBYRANK', KEYS[6], 0, -1 - tonumber(ARGV[14]))
end
local dead = #ARGV - after - 3 * flags
for i = 1, dead do
  redis.call('XADD', KEYS[8], 'MAXLEN', '~', 10000, '*', 'd', ARGV[after + 3 * flags + i])
end

redis.call('HINCRBY', KEYS[7], 'scored', tonumber(cursor) - (tonumber(h[4]) or 0))
redis.call('HINCRBY', KEYS[7], 'windows', ARGV[9])
redis.call('HINCRBY', KEYS[7], 'failed', ARGV[10])
redis.call('HINCRBY', KEYS[7], 'flags', flags)
redis.call('HINCRBY', KEYS[7], 'dead', dead)

if tonumber(folded) < head or tonumber(marks) < (tonumber(h[3]) or 0) then
  redis.call('ZADD', KEYS[1], now, name)
else
  redis.call('ZREM', KEYS[1], name)
end
if h[7] and tonumber(cursor) >= head then
  for i = 2, 6 do redis.call('EXPIRE', KEYS[i], h[7]) end
end
return reply
