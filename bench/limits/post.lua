wrk.method = "POST"
wrk.body = '{"userId":"user_123","type":"trial-expiry"}'
wrk.headers["Content-Type"] = "application/json"
