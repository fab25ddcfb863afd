-- Sign-ins: the body of a log-in form for one of `count` people at random.

local password = os.getenv('BENCH_PASSWORD'):gsub(' ', '+')

return function(token, prefix, count)
    local text = 'csrf=' .. token .. '&realm=public&next=&password=' .. password .. '&username='
    return function()
        return string.format('%s%s.%07d', text, prefix, math.random(0, count - 1))
    end
end
