import com.vwo.VWO;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.URI;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.JedisPubSub;

/**
 * An app in Java that decides with the newest settings-file that a hub has published: com.vwo.sdk:vwo-java-sdk and
 * redis.clients:jedis. REDIS_URL says where and who (redis://vwo-reader:PASSWORD@localhost:6379, always with a port),
 * VWO_ENVIRONMENT which.
 *
 * <p>It answers each line "campaign user" of its input with the name of the user's variation, or "-".
 */
public class Follow {
  private static final String ENVIRONMENT = System.getenv().getOrDefault("VWO_ENVIRONMENT", "prod");
  // The braces are part of the names.
  private static final String META = "vwo:{" + ENVIRONMENT + "}:meta";
  private static final String SETTINGS = "vwo:{" + ENVIRONMENT + "}:settings";
  private static final String UPDATES = "vwo:{" + ENVIRONMENT + "}:updates";

  /** Read by every request, replaced as a whole. */
  private static volatile VWO current;

  private static String currentRevision;

  /** Launches what is published, where it is another one. The last good instance stays where it cannot be used. */
  private static void read(Jedis reader) {
    // Not HGET: the Redis users of apps have HMGET alone.
    String revision = reader.hmget(META, "revision").get(0);
    if (revision == null) {
      System.err.println("nothing is published yet");
      return;
    }
    if (revision.equals(currentRevision)) return;
    String text = reader.get(SETTINGS);
    if (text == null) return; // This SDK would launch all the same, and answer null to everything.
    try {
      VWO launched = VWO.launch(text).build();
      if (launched == null) throw new IllegalArgumentException("no instance");
      current = launched;
      currentRevision = revision;
      System.err.println("new settings");
    } catch (RuntimeException error) {
      System.err.println("the published settings-file cannot be used; the one before stays: " + error);
    }
  }

  /** Subscribes first and then reads, so that no change is lost in between; for ever, whatever happens to Redis. */
  private static void follow() {
    URI place = URI.create(System.getenv("REDIS_URL"));
    // Nothing for 5 s: it begins anew. A connection that is only half there brings nothing.
    DefaultJedisClientConfig config =
        DefaultJedisClientConfig.builder().timeoutMillis(5000).blockingSocketTimeoutMillis(5000).build();
    while (true) {
      try (Jedis subscriber = new Jedis(place, config);
          Jedis reader = new Jedis(place, config)) {
        subscriber.subscribe(
            new JedisPubSub() {
              @Override
              public void onSubscribe(String channel, int count) {
                read(reader);
              }

              @Override
              public void onMessage(String channel, String message) {
                read(reader);
              }
            },
            UPDATES);
      } catch (RuntimeException error) {
        boolean isQuiet = String.valueOf(error.getMessage()).contains("Read timed out");
        if (isQuiet) continue;
        System.err.println("Redis: " + error.getMessage());
        try {
          Thread.sleep(1000);
        } catch (InterruptedException interrupted) {
          return;
        }
      }
    }
  }

  public static void main(String[] args) throws Exception {
    Thread follower = new Thread(Follow::follow);
    follower.setDaemon(true);
    follower.start();
    BufferedReader input = new BufferedReader(new InputStreamReader(System.in));
    for (String line = input.readLine(); line != null; line = input.readLine()) {
      String[] words = line.split(" ");
      VWO instance = current;
      String variation = instance == null ? null : instance.getVariationName(words[0], words[1]);
      System.out.println(variation == null ? "-" : variation);
    }
  }
}
