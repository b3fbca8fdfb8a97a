// The same without Redis, and without following: VWO's own request, to a hub.
package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"time"

	vwo "github.com/wingify/vwo-go-sdk"
	"github.com/wingify/vwo-go-sdk/pkg/service"
)

func main() {
	url := os.Getenv("HUB_URL") + "/server-side/settings?a=" + os.Getenv("VWO_ACCOUNT_ID") + "&i=" + os.Getenv("VWO_SDK_KEY")
	client := http.Client{Timeout: 5 * time.Second}
	response, err := client.Get(url)
	if err != nil {
		panic(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		panic(response.Status)
	}
	var manager service.SettingsFileManager
	if err := json.NewDecoder(response.Body).Decode(&manager.SettingsFile); err != nil {
		panic(err)
	}
	manager.Process()
	instance, err := vwo.Launch(manager.GetSettingsFile())
	if err != nil {
		panic(err)
	}
	fmt.Println(instance.GetVariationName(os.Getenv("CAMPAIGN"), os.Getenv("USER_ID"), nil))
}
