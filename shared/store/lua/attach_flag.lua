-- Put a flag into its incident, once: whoever comes second changes nothing.
-- KEYS  flags:due, flags:attempts, flag_incident, incident, incident_windows, incidents, stream_incidents, totals,
--       incidents:pending, alerts:due, feedback:version, silenced (of the feedback that silences the flag),
--       archive:analyses, archive:wanted
-- ARGV  window id, incident id, now_ms, seen at (ms), first seq, last seq, event ms ("" = unknown), stream, signature,
--       severity's rank (0..3), key templates, replace the analysis? (0/1), ask a model? (0/1),
--       alert after (ms, -1 = no alerts), kept for (s), windows listed, incidents known for the stream ("," joined,
--       as read; checked when a new incident would be made), version of feedback as read ("" = nobody looked),
--       feedback that silences the flag ("" = none), key templates of the flag alone; then the analysis: field, value, ...
-- reply {"again", incident id} | {"stale"} | {"attached", incident id, change, version}
--       change: opened | reopened | escalated | ""
local window_id, incident_id, now = ARGV[1], ARGV[2], ARGV[3]
redis.call('ZREM', KEYS[1], '')  -- see claim_flags.lua

local known = redis.call('GET', KEYS[3])
if known then
  redis.call('ZREM', KEYS[1], window_id)
  redis.call('HDEL', KEYS[2], window_id)
  return {'again', known}
end

if ARGV[18] ~= '' and (redis.call('GET', KEYS[11]) or '0') ~= ARGV[18] then
  return {'stale'}  -- somebody has said something meanwhile: decide again
end
local silence = ARGV[19]

local h = redis.call('HMGET', KEYS[4], 'state', 'severity_rank', 'first_seen_ms', 'last_seen_ms', 'first_seq',
  'last_seq', 'version')
local is_new = not h[1]
if is_new and table.concat(redis.call('ZRANGE', KEYS[7], 0, -1), ',') ~= ARGV[17] then
  return {'stale'}  -- another worker has made an incident of this stream meanwhile: decide again
end

redis.call('ZREM', KEYS[1], window_id)
redis.call('HDEL', KEYS[2], window_id)
redis.call('SET', KEYS[3], incident_id, 'EX', ARGV[15])

local rank, seen = tonumber(ARGV[10]), tonumber(ARGV[4])
local change, state = '', h[1]
if is_new then
  change, state = 'opened', silence == '' and 'open' or 'silenced'
  redis.call('HSET', KEYS[4], 'stream', ARGV[8], 'signature', ARGV[9], 'state', state, 'state_changed_ms', now)
elseif silence == '' and (h[1] == 'resolved' or h[1] == 'silenced') then
  change, state = 'reopened', 'open'
  redis.call('HDEL', KEYS[4], 'silenced_by', 'state_before')
  redis.call('HSET', KEYS[4], 'state', 'open', 'state_changed_ms', now)
elseif silence ~= '' and h[1] == 'resolved' then
  state = 'silenced'
  redis.call('HSET', KEYS[4], 'state', state, 'state_before', 'resolved', 'state_changed_ms', now)
  redis.call('HDEL', KEYS[4], 'alert_held')
elseif silence == '' and h[1] == 'open' and rank > tonumber(h[2]) then
  change = 'escalated'
end

redis.call('HINCRBY', KEYS[4], 'count', 1)
redis.call('HSET', KEYS[4],
  'first_seen_ms', string.format('%.0f', math.min(seen, tonumber(h[3]) or seen)),
  'last_seen_ms', string.format('%.0f', math.max(seen, tonumber(h[4]) or seen)),
  'first_seq', string.format('%.0f', math.min(tonumber(ARGV[5]), tonumber(h[5]) or tonumber(ARGV[5]))),
  'last_seq', string.format('%.0f', math.max(tonumber(ARGV[6]), tonumber(h[6]) or tonumber(ARGV[6]))),
  'event_ms', ARGV[7], 'templates', ARGV[11])
if is_new or ARGV[12] == '1' then
  redis.call('HSET', KEYS[4], 'analysis_window', window_id, 'analysis_templates', ARGV[20], unpack(ARGV, 21))
  if ARGV[13] == '1' then
    redis.call('ZADD', KEYS[9], now, incident_id)
    redis.call('HDEL', KEYS[4], 'model_attempts')
  end
end
if is_new or rank > tonumber(h[2]) then
  redis.call('HSET', KEYS[4], 'severity_rank', rank, 'severity', ({'low', 'medium', 'high', 'critical'})[rank + 1])
end

if silence ~= '' then
  redis.call('HINCRBY', KEYS[4], 'silenced_flags', 1)
  redis.call('HINCRBY', KEYS[8], 'silenced', 1)
  if state == 'silenced' then
    redis.call('HSET', KEYS[4], 'silenced_by', silence)
    redis.call('ZADD', KEYS[12], now, incident_id)
    redis.call('EXPIRE', KEYS[12], ARGV[15])
  end
end

local version = tonumber(h[7]) or 0
if change ~= '' then
  version = redis.call('HINCRBY', KEYS[4], 'version', 1)
  redis.call('HSET', KEYS[4], 'change', change)
  if tonumber(ARGV[14]) >= 0 and state == 'open' and silence == '' then
    redis.call('ZADD', KEYS[10], string.format('%.0f', tonumber(now) + tonumber(ARGV[14])), incident_id .. ':' .. version)
  end
end

local last_seen = string.format('%.0f', math.max(seen, tonumber(h[4]) or seen))
redis.call('ZADD', KEYS[6], last_seen, incident_id)
redis.call('ZREMRANGEBYSCORE', KEYS[6], '-inf', string.format('%.0f', tonumber(now) - 1000 * tonumber(ARGV[15])))
redis.call('ZADD', KEYS[7], last_seen, incident_id)
redis.call('ZREMRANGEBYRANK', KEYS[7], 0, -33)
redis.call('ZADD', KEYS[5], seen, window_id)
redis.call('ZREMRANGEBYRANK', KEYS[5], 0, -1 - tonumber(ARGV[16]))
for _, i in ipairs({4, 5, 7}) do redis.call('EXPIRE', KEYS[i], ARGV[15]) end
if redis.call('EXISTS', KEYS[14]) == 1 and redis.call('XLEN', KEYS[13]) < 20000 then
  redis.call('XADD', KEYS[13], '*', 's', ARGV[8], 'w', window_id, 'i', incident_id, 'g', ARGV[9], 't', ARGV[20],
    'c', ARGV[24], 'e', ARGV[26], 'r', rank, 'f', silence)
end
redis.call('HINCRBY', KEYS[8], 'attached', 1)
if is_new then redis.call('HINCRBY', KEYS[8], 'incidents', 1) end
return {'attached', incident_id, change, version}
