/** What a fleet does in Redis in one step each. */

const NOW = `local time = redis.call('TIME') local now = time[1] * 1000 + math.floor(time[2] / 1000)
local function ms(number) return string.format('%.0f', number) end
`;

/** KEYS: thread, line, places, counter. ARGV: run, ttl, place in line. Returns the epoch and the checkpoint. */
export const ACQUIRE: string = `${NOW}
local run = ARGV[1]
if not redis.call('ZSCORE', KEYS[2], run) then
  redis.call('ZADD', KEYS[2], redis.call('INCR', KEYS[4]), run)
end
redis.call('HSET', KEYS[3], run, ms(now + ARGV[3]))
for _, other in ipairs(redis.call('ZRANGE', KEYS[2], 0, -1)) do
  if other ~= run and tonumber(redis.call('HGET', KEYS[3], other) or 0) <= now then
    redis.call('ZREM', KEYS[2], other)
    redis.call('HDEL', KEYS[3], other)
  end
end
if redis.call('HGET', KEYS[1], 'run') ~= run then
  local till = tonumber(redis.call('HGET', KEYS[1], 'until') or 0)
  if till > now or redis.call('ZRANGE', KEYS[2], 0, 0)[1] ~= run then return nil end
end
local epoch = redis.call('HINCRBY', KEYS[1], 'epoch', 1)
redis.call('HSET', KEYS[1], 'run', run, 'until', ms(now + ARGV[2]))
return { epoch, redis.call('HGET', KEYS[1], 'checkpoint') or '' }`;

/** KEYS: thread, places. ARGV: epoch, run, ttl, place in line. Returns 1 if the thread is still owned. */
export const RENEW: string = `${NOW}
if redis.call('HGET', KEYS[1], 'epoch') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'until', ms(now + ARGV[3]))
redis.call('HSET', KEYS[2], ARGV[2], ms(now + ARGV[4]))
return 1`;

/** KEYS: thread, line, places, end of the run. ARGV: epoch, run, how long it keeps its place. */
export const RELEASE: string = `${NOW}
if redis.call('HGET', KEYS[1], 'epoch') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'run', '', 'until', 0)
if redis.call('EXISTS', KEYS[4]) == 1 then
  redis.call('ZREM', KEYS[2], ARGV[2])
  redis.call('HDEL', KEYS[3], ARGV[2])
else
  redis.call('HSET', KEYS[3], ARGV[2], ms(now + ARGV[3]))
end
return 1`;

/** KEYS: thread, events, end of the run, line, places. ARGV: epoch, run, last number, ended, checkpoint, channel, events. */
export const COMMIT: string = `${NOW}
if redis.call('HGET', KEYS[1], 'epoch') ~= ARGV[1] then return 0 end
if ARGV[5] ~= '' then redis.call('HSET', KEYS[1], 'checkpoint', ARGV[5]) end
if #ARGV < 7 or redis.call('EXISTS', KEYS[3]) == 1 then return 1 end
if redis.call('LLEN', KEYS[2]) ~= tonumber(ARGV[3]) then return 1 end
for at = 7, #ARGV do
  redis.call('RPUSH', KEYS[2], '{"atMs":' .. ms(now) .. ',"epoch":' .. ARGV[1] .. ',"event":' .. ARGV[at] .. '}')
end
if ARGV[4] == '1' then
  redis.call('SET', KEYS[3], '1')
  -- A worker that is killed now cannot give the place back.
  redis.call('ZREM', KEYS[4], ARGV[2])
  redis.call('HDEL', KEYS[5], ARGV[2])
end
redis.call('PUBLISH', ARGV[6], ARGV[2])
return 1`;

/** KEYS: messages, keys of messages. ARGV: run, message, key, channel. */
export const POST: string = `
if ARGV[3] ~= '' and redis.call('SADD', KEYS[2], ARGV[3]) == 0 then return 0 end
redis.call('RPUSH', KEYS[1], ARGV[2])
redis.call('PUBLISH', ARGV[4], ARGV[1])
return 1`;
