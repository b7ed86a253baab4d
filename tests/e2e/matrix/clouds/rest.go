package main

import (
	"encoding/json"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

// What has no emulator at all: services that answer each request of their SDKs with what the SDK needs to go on, over HTTP/1.1
// and HTTP/2.  Nothing is decided here, nobody is refused.
func answer(w http.ResponseWriter, r *http.Request) {
	host, parts := hostOf(r), strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	_, _ = io.Copy(io.Discard, r.Body)
	switch {
	case strings.HasSuffix(r.URL.Path, "/token"):
		say(w, 200, object{"access_token": "ya29.of-this-world", "token_type": "Bearer", "expires_in": 3600, "ext_expires_in": 3600})
	case host == "bigquery.googleapis.com":
		bigquery(w, r, parts)
	case host == "pubsub.googleapis.com":
		say(w, 200, object{"messageIds": []string{"1"}})
	case host == "secretmanager.googleapis.com":
		say(w, 200, object{"name": strings.TrimSuffix(r.URL.Path[4:], ":access"), "payload": object{"data": "c2VjcmV0"}})
	case strings.HasSuffix(host, ".vault.azure.net"):
		vault(w, r, host, parts)
	case strings.HasSuffix(host, ".documents.azure.com"):
		cosmos(w, r, host, parts)
	default:
		say(w, 404, object{"error": object{"code": 404, "message": "nothing at " + host + r.URL.Path, "status": "NOT_FOUND"}})
	}
}

type object map[string]any

func say(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

func hostOf(r *http.Request) string {
	if name, _, err := net.SplitHostPort(r.Host); err == nil {
		return name
	}
	return r.Host
}

func bigquery(w http.ResponseWriter, r *http.Request, parts []string) {
	if r.Method == "POST" {
		say(w, 200, object{"kind": "bigquery#tableDataInsertAllResponse"})
		return
	}
	name := object{"projectId": "shop", "datasetId": parts[5], "tableId": parts[7]}
	fields := []object{{"name": "total", "type": "INTEGER", "mode": "NULLABLE"}}
	say(w, 200, object{"kind": "bigquery#table", "tableReference": name, "schema": object{"fields": fields}, "type": "TABLE"})
}

// Key Vault asks who is there before it answers: a first request without a token is met with a challenge.
func vault(w http.ResponseWriter, r *http.Request, host string, parts []string) {
	if r.Header.Get("Authorization") == "" {
		w.Header().Set("WWW-Authenticate",
			`Bearer authorization="https://login.microsoftonline.com/tenant", resource="https://vault.azure.net"`)
		say(w, 401, object{"error": object{"code": "Unauthorized", "message": "who is it?"}})
		return
	}
	say(w, 200, object{"value": "hidden", "id": "https://" + host + "/secrets/" + parts[1] + "/1",
		"attributes": object{"enabled": true, "created": 1700000000, "updated": 1700000000}})
}

func cosmos(w http.ResponseWriter, r *http.Request, host string, parts []string) {
	now := time.Now().Unix()
	w.Header().Set("x-ms-request-charge", "1")
	w.Header().Set("x-ms-session-token", "0:-1#1")
	if r.URL.Path == "/" {
		place := []object{{"name": "West Europe", "databaseAccountEndpoint": "https://" + host + ":443/"}}
		say(w, 200, object{"id": strings.Split(host, ".")[0], "_rid": host, "writableLocations": place, "readableLocations": place,
			"enableMultipleWriteLocations": false, "userConsistencyPolicy": object{"defaultConsistencyLevel": "Session"}})
		return
	}
	thing := object{"id": parts[len(parts)-1], "_rid": "rid", "_self": "self", "_etag": `"1"`, "_ts": now}
	switch {
	case len(parts) == 5 && parts[4] == "pkranges":
		ranges := []object{{"id": "0", "_rid": "rid", "minInclusive": "", "maxExclusive": "FF", "status": "online"}}
		w.Header().Set("etag", `"1"`)
		if r.Header.Get("If-None-Match") == `"1"` {
			w.WriteHeader(304)
			return
		}
		say(w, 200, object{"_rid": "rid", "PartitionKeyRanges": ranges, "_count": 1})
	case len(parts) == 4:
		thing["partitionKey"] = object{"paths": []string{"/id"}, "kind": "Hash", "version": 2}
		say(w, 200, thing)
	case r.Method == "POST":
		thing["id"] = "1"
		say(w, 201, thing)
	default:
		say(w, 200, thing)
	}
}

func serveREST(address string) {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	protocols.SetUnencryptedHTTP2(true)
	server := &http.Server{Addr: address, Handler: http.HandlerFunc(answer), Protocols: protocols}
	must(server.ListenAndServe())
}
