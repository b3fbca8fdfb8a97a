// An app in Go that decides with the newest settings-file that a hub has published.
//
//	go get github.com/wingify/vwo-go-sdk@v1.24.0 github.com/redis/go-redis/v9
//	REDIS_URL=redis://vwo-reader:PASSWORD@localhost:6379 VWO_ENVIRONMENT=prod go run .
//
// It answers each line "campaign user" of its input with the name of the user's variation, or "-".
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
	vwo "github.com/wingify/vwo-go-sdk"
	"github.com/wingify/vwo-go-sdk/pkg/api"
	"github.com/wingify/vwo-go-sdk/pkg/service"
)

// Read by every request, replaced as a whole.
var current atomic.Pointer[api.VWOInstance]

var currentRevision string

func say(format string, values ...any) { fmt.Fprintf(os.Stderr, format+"\n", values...) }

// read launches what is published, where it is another one. The last good instance stays where it cannot be used.
func read(ctx context.Context, client *redis.Client, meta, settings string) error {
	// Not HGET: the Redis users of apps have HMGET alone.
	fields, err := client.HMGet(ctx, meta, "revision").Result()
	if err != nil {
		return err
	}
	revision, isPublished := fields[0].(string)
	if !isPublished {
		say("nothing is published yet")
		return nil
	}
	if revision == currentRevision {
		return nil
	}
	text, err := client.Get(ctx, settings).Bytes()
	if err != nil {
		return err
	}
	var manager service.SettingsFileManager
	if err := json.Unmarshal(text, &manager.SettingsFile); err != nil {
		say("the published settings-file cannot be used; the one before stays: %v", err)
		return nil
	}
	// Without it nobody is in any campaign, and nothing says so.
	manager.Process()
	launched, err := vwo.Launch(manager.GetSettingsFile())
	if err != nil {
		say("the published settings-file cannot be used; the one before stays: %v", err)
		return nil
	}
	current.Store(launched)
	currentRevision = revision
	say("new settings")
	return nil
}

// follow subscribes first and then reads, so that no change is lost in between.
func follow(client *redis.Client, environment string) error {
	ctx := context.Background()
	// The braces are part of the names.
	names := "vwo:{" + environment + "}:"
	subscription := client.Subscribe(ctx, names+"updates")
	defer subscription.Close()
	for {
		// A confirmation, a message, or nothing for some seconds: a connection that is only half there brings none.
		if _, err := subscription.ReceiveTimeout(ctx, 5*time.Second); err != nil && !os.IsTimeout(err) {
			return err
		}
		if err := read(ctx, client, names+"meta", names+"settings"); err != nil {
			return err
		}
	}
}

func main() {
	options, err := redis.ParseURL(os.Getenv("REDIS_URL"))
	if err != nil {
		panic(err)
	}
	environment := os.Getenv("VWO_ENVIRONMENT")
	if environment == "" {
		environment = "prod"
	}
	client := redis.NewClient(options)
	go func() {
		for { // For ever, whatever happens to Redis.
			say("Redis: %v", follow(client, environment))
			time.Sleep(time.Second)
		}
	}()
	for input := bufio.NewScanner(os.Stdin); input.Scan(); {
		words := strings.Fields(input.Text())
		variation := ""
		if instance := current.Load(); instance != nil {
			variation = instance.GetVariationName(words[0], words[1], nil)
		}
		if variation == "" {
			variation = "-"
		}
		fmt.Println(variation)
	}
}
