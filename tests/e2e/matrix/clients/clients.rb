# Ruby's own HTTPS, which is OpenSSL. Arguments and formats as in clients.py.
require "digest"
require "json"
require "net/http"

HOST = "bigquery.googleapis.com"
http = Net::HTTP.new(HOST, 443)
http.use_ssl = true
http.ca_file = ENV.fetch("SSL_CERT_FILE")
http.read_timeout = 40
http.start
JSON.parse($stdin.read).each do |_, name|
  from = Process.clock_gettime(Process::CLOCK_MONOTONIC)
  path = "/bigquery/v2/projects/shop/datasets/#{name}/tables/totals"
  begin
    r = http.get(path, "authorization" => "Bearer ya29.of-this-world")
    answer = if r.code == "200"
               { ok: true, sha: Digest::SHA256.hexdigest(r.body) }
             else
               { ok: false, types: [r.class.name], code: JSON.parse(r.body)["error"]["status"], status: r.code.to_i, message: r.body }
             end
  rescue StandardError => e
    answer = { ok: false, types: [e.class.name], code: nil, status: nil, message: e.message }
  end
  puts answer.merge(ms: ((Process.clock_gettime(Process::CLOCK_MONOTONIC) - from) * 1000).round(1)).to_json
  $stdout.flush
end
