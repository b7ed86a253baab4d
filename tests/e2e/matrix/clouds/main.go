// Google's emulators in one program: Cloud Storage as fake-gcs-server knows it, Pub/Sub as Google's own pstest does, and, for what
// has no emulator that can be had as a package, Secret Manager and Firestore by Google's own service definitions: they answer
// what they are asked, and keep nothing (so do REST services without an emulator: rest.go).  Plain text on four ports of the loopback; who listens in front ends TLS.
//
//	clouds STORAGE_PORT PUBSUB_PORT GRPC_PORT REST_PORT      prints "ready" when all listen; ends with its standard input
package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"strconv"

	"cloud.google.com/go/firestore/apiv1/firestorepb"
	pubsub "cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"cloud.google.com/go/pubsub/v2/pstest"
	"cloud.google.com/go/secretmanager/apiv1/secretmanagerpb"
	"github.com/fsouza/fake-gcs-server/fakestorage"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/timestamppb"
)

type secrets struct {
	secretmanagerpb.UnimplementedSecretManagerServiceServer
}

func (secrets) AccessSecretVersion(_ context.Context, r *secretmanagerpb.AccessSecretVersionRequest) (*secretmanagerpb.AccessSecretVersionResponse, error) {
	payload := &secretmanagerpb.SecretPayload{Data: []byte("secret of " + r.Name)}
	return &secretmanagerpb.AccessSecretVersionResponse{Name: r.Name, Payload: payload}, nil
}

type documents struct {
	firestorepb.UnimplementedFirestoreServer
}

func (documents) Commit(_ context.Context, r *firestorepb.CommitRequest) (*firestorepb.CommitResponse, error) {
	answer := &firestorepb.CommitResponse{CommitTime: timestamppb.Now()}
	for range r.Writes {
		answer.WriteResults = append(answer.WriteResults, &firestorepb.WriteResult{UpdateTime: timestamppb.Now()})
	}
	return answer, nil
}

func (documents) BatchGetDocuments(r *firestorepb.BatchGetDocumentsRequest, s firestorepb.Firestore_BatchGetDocumentsServer) error {
	for _, name := range r.Documents {
		found := &firestorepb.BatchGetDocumentsResponse_Found{Found: &firestorepb.Document{
			Name: name, CreateTime: timestamppb.Now(), UpdateTime: timestamppb.Now(),
			Fields: map[string]*firestorepb.Value{"total": {ValueType: &firestorepb.Value_IntegerValue{IntegerValue: 25}}},
		}}
		if err := s.Send(&firestorepb.BatchGetDocumentsResponse{Result: found, ReadTime: timestamppb.Now()}); err != nil {
			return err
		}
	}
	return nil
}

func port(i int) int {
	n, err := strconv.Atoi(os.Args[i])
	must(err)
	return n
}

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func main() {
	// without a listener of its own, so that it can be told that the world outside speaks TLS: uploads go where its answers say
	storage, err := fakestorage.NewServerWithOptions(fakestorage.Options{
		NoListener: true, Scheme: "https", PublicHost: "storage.googleapis.com", ExternalURL: "https://storage.googleapis.com",
		Writer: io.Discard,
	})
	must(err)
	outside := func(w http.ResponseWriter, r *http.Request) {
		r.Header.Set("X-Forwarded-Proto", "https")
		storage.HTTPHandler().ServeHTTP(w, r)
	}
	go func() { must(http.ListenAndServe(fmt.Sprintf("127.0.0.1:%d", port(1)), http.HandlerFunc(outside))) }()

	topics := pstest.NewServerWithPort(port(2))
	for _, name := range []string{"reports", "needlesalaries"} {
		topic := "projects/shop/topics/" + name
		_, err := topics.GServer.CreateTopic(context.Background(), &pubsub.Topic{Name: topic})
		must(err)
		_, err = topics.GServer.CreateSubscription(context.Background(), &pubsub.Subscription{
			Name: "projects/shop/subscriptions/" + name, Topic: topic, AckDeadlineSeconds: 10,
		})
		must(err)
	}

	others := grpc.NewServer()
	secretmanagerpb.RegisterSecretManagerServiceServer(others, secrets{})
	firestorepb.RegisterFirestoreServer(others, documents{})
	listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port(3)))
	must(err)
	go func() { must(others.Serve(listener)) }()

	go serveREST(fmt.Sprintf("127.0.0.1:%d", port(4)))

	fmt.Println("ready")
	_, _ = io.Copy(io.Discard, os.Stdin)
}
