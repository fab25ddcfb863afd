-- Set-ups: the body of the form for members of the public, for one new person
-- after the other, beginning with number `count`.

local password = os.getenv('BENCH_PASSWORD'):gsub(' ', '+')

return function(token, prefix, count)
    local number = count
    local text = 'csrf=' .. token .. '&givenName=Crowd&sn=Member'
        .. '&question=What+was+the+name+of+your+first+teacher%3F&answer=rex'
        .. '&password=' .. password .. '&password_confirm=' .. password
    return function()
        local name = string.format('%s.%07d', prefix, number)
        number = number + 1
        return text .. '&mail=' .. name .. '%40example.org&username=' .. name
    end
end
