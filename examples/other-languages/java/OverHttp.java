import com.vwo.VWO;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;

/** The same without Redis, and without following: VWO's own request, to a hub. */
public class OverHttp {
  public static void main(String[] args) throws Exception {
    String url =
        System.getenv("HUB_URL")
            + "/server-side/settings?a="
            + System.getenv("VWO_ACCOUNT_ID")
            + "&i="
            + System.getenv("VWO_SDK_KEY");
    HttpRequest request = HttpRequest.newBuilder(URI.create(url)).timeout(Duration.ofSeconds(5)).build();
    HttpResponse<String> response =
        HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
    if (response.statusCode() != 200) throw new IllegalStateException("status " + response.statusCode());
    VWO instance = VWO.launch(response.body()).build();
    System.out.println(instance.getVariationName(System.getenv("CAMPAIGN"), System.getenv("USER_ID")));
    System.exit(0);
  }
}
