package io.pharos.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.URI;
import java.net.URLDecoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/// Every address in every message: a shipped alert fires and resolves, each of the channels makes
/// its messages of it in both languages, and a client of another address opens all that stands in
/// them.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class LinksIT {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Set<String> CHANNELS =
      Set.of(
          "email",
          "slack",
          "webhook",
          "pagerduty",
          "opsgenie",
          "telegram",
          "discord",
          "msteams",
          "msteamsv2",
          "wechat",
          "pushover",
          "dingtalk",
          "feishu",
          "wecom");

  /* Pushover has room for one link, that to the incident, and the webhook hands on annotations as
   * they are. */
  private static final Set<String> ONE_LINK = Set.of("pushover", "webhook");

  /* Names of formats that look like addresses; nobody is shown them. */
  private static final List<String> FORMATS =
      List.of("http://schema.org/extensions", "http://adaptivecards.io/schemas/");

  private static final Pattern ADDRESS = Pattern.compile("https?://[^\\s\"'<>\\]|`]+");

  private static final String ALERTMANAGER =
      """
      global:
        smtp_smarthost: localhost:2525
        smtp_from: pharos@example.org
      route:
        receiver: english
        group_by: [alertname, service]
        group_wait: 1s
        group_interval: 2s
        routes:
          - receiver: none
            matchers: [alertname!="BackendDown"]
          - receiver: english
            continue: true
          - receiver: chinese
      receivers:
        - name: none
        - name: english
      CHANNELS
        - name: chinese
      CHANNELS
      """;

  private static final String ALERTMANAGERS_CHANNELS =
      """
          email_configs:
            - {to: someone@example.org, send_resolved: true}
          slack_configs:
            - {channel: '#alerts', api_url_file: no/such/file, send_resolved: true}
          webhook_configs:
            - {url_file: no/such/file}
          pagerduty_configs:
            - {routing_key_file: no/such/file}
          opsgenie_configs:
            - {api_key_file: no/such/file}
          telegram_configs:
            - {chat_id: -100, bot_token_file: no/such/file}
          discord_configs:
            - {webhook_url_file: no/such/file}
          msteams_configs:
            - {webhook_url_file: no/such/file}
          msteamsv2_configs:
            - {webhook_url_file: no/such/file}
          wechat_configs:
            - {corp_id: c, agent_id: '7', to_user: '@all', api_secret_file: no/such/file, send_resolved: true}
          pushover_configs:
            - {user_key_file: no/such/file, token_file: no/such/file}
      """;

  private static final String PHAROS =
      """
      receivers:
        - name: english
      CHANNELS
        - name: chinese
          language: zh
          timezone: Asia/Shanghai
      CHANNELS
      """;

  private static final String PHAROS_CHANNELS =
      """
          dingtalk_configs:
            - {webhook_url_file: no/such/file, send_resolved: true}
          feishu_configs:
            - {webhook_url_file: no/such/file, send_resolved: true}
          wecom_configs:
            - {webhook_url_file: no/such/file, send_resolved: true}
      """;

  private Path folder;
  private InetAddress elsewhere;
  private String url;
  private DashboardServer grafana;
  private int backendPort;
  private int tapPort;
  private PharosProcess pharos;

  @BeforeAll
  void start() throws Exception {
    Optional<InetAddress> address = ownAddress();
    assumeTrue(address.isPresent(), "skipped: this host has no address but its loopback");
    elsewhere = address.get();
    folder = Path.of("target", "e2e", "links-" + ProcessHandle.current().pid());
    Files.createDirectories(folder);
    backendPort = PharosProcess.freePort();
    tapPort = PharosProcess.freePort();
    int port = PharosProcess.freePort();
    url = "http://" + elsewhere.getHostAddress() + ":" + port;
    copyVersionedFiles(port);
    Files.createDirectories(folder.resolve("notifications"));
    Files.writeString(
        folder.resolve("notifications/alertmanager.yml"),
        ALERTMANAGER.replace("CHANNELS\n", ALERTMANAGERS_CHANNELS));
    Files.writeString(
        folder.resolve("notifications/pharos.yml"), PHAROS.replace("CHANNELS\n", PHAROS_CHANNELS));
    grafana = new DashboardServer(elsewhere);
    pharos =
        PharosProcess.serve(
            folder,
            port,
            "--notifications.capture=true",
            "--web.listen-address=0.0.0.0:" + port,
            "--web.external-url=" + url,
            "--grafana.url=" + grafana.url());
    pharos.await("ready", Duration.ofSeconds(60), pharos::isReady);
  }

  @AfterAll
  void stop() {
    if (pharos != null) {
      pharos.close();
      grafana.close();
    }
  }

  /// An address of this host that others reach it by.
  private static Optional<InetAddress> ownAddress() throws SocketException {
    return NetworkInterface.networkInterfaces()
        .flatMap(NetworkInterface::inetAddresses)
        .filter(address -> address instanceof Inet4Address && !address.isLoopbackAddress())
        .findFirst();
  }

  /// The repository's own files with other ports.
  private void copyVersionedFiles(int port) throws IOException {
    for (String name : List.of("prometheus", "alert-rules", "probes", "gates")) {
      try (Stream<Path> files = Files.walk(Path.of(name))) {
        for (Path file : files.toList()) {
          Path to = folder.resolve(file);
          if (Files.isDirectory(file)) {
            Files.createDirectories(to);
          } else {
            Files.writeString(
                to,
                Files.readString(file)
                    .replace("127.0.0.1:9095", "127.0.0.1:" + port)
                    .replace("127.0.0.1:8080", "127.0.0.1:" + backendPort)
                    .replace("127.0.0.1:9097", "127.0.0.1:" + tapPort)
                    .replace("port: 8080", "port: " + backendPort));
          }
        }
      }
    }
  }

  /// What a message says, by its channel, language and state; read from the mailbox's files.
  private Map<String, JsonNode> messages() throws IOException {
    var messages = new TreeMap<String, JsonNode>();
    Path box = folder.resolve("data/mailbox");
    if (!Files.isDirectory(box)) {
      return messages;
    }
    try (Stream<Path> files = Files.list(box)) {
      for (Path file : files.filter(path -> path.toString().endsWith(".json")).toList()) {
        JsonNode message = JSON.readTree(file.toFile());
        String subject = message.path("subject").asText();
        boolean chinese = subject.codePoints().anyMatch(c -> c >= 0x4e00 && c < 0xa000);
        // A mail's subject is the same through an episode, its text is not.
        String state = subject + message.path("text").asText();
        boolean resolved = Stream.of("✅", "RESOLVED", "已恢复").anyMatch(state::contains);
        messages.put(
            message.path("channel").asText()
                + (chinese ? " zh" : " en")
                + (resolved ? " resolved" : " firing"),
            message);
      }
    }
    return messages;
  }

  private boolean haveAll(String state) {
    try {
      Map<String, JsonNode> messages = messages();
      return CHANNELS.stream()
          .allMatch(
              channel ->
                  messages.containsKey(channel + " en " + state)
                      && messages.containsKey(channel + " zh " + state));
    } catch (IOException _) { // a file is being replaced
      return false;
    }
  }

  @Test
  void everyAddress_ofEveryMessage_opensForAClientOfAnotherAddress() throws Exception {
    pharos.await("messages of BackendDown", Duration.ofSeconds(120), () -> haveAll("firing"));
    try (var _ =
        PharosProcess.start(
            folder.resolve("backend.log"),
            "http://127.0.0.1:" + backendPort,
            List.of(
                "demo-backend",
                "--listen=127.0.0.1:" + backendPort,
                "--tap-listen=127.0.0.1:0",
                "--tap-metrics-listen=127.0.0.1:" + tapPort,
                "--token-file=" + folder.resolve("prometheus/demo_token")))) {
      pharos.await("the resolve", Duration.ofSeconds(120), () -> haveAll("resolved"));
    }
    var problems = new ArrayList<String>();
    var opened = new TreeMap<String, String>();
    try (HttpClient client = HttpClient.newBuilder().localAddress(elsewhere).build()) {
      for (var message : messages().entrySet()) {
        Set<String> addresses = addresses(message.getValue());
        if (message.getKey().endsWith("firing")
            && !message.getKey().startsWith("webhook")
            && addresses.stream().noneMatch(address -> address.contains("/incidents/"))) {
          problems.add(message.getKey() + " has no incident: " + addresses);
        }
        if (message.getKey().endsWith("firing")
            && !message.getKey().startsWith("pushover")
            && addresses.stream().noneMatch(address -> address.contains("/runbooks/"))) {
          problems.add(message.getKey() + " has no runbook: " + addresses);
        }
        if (message.getKey().endsWith("firing")
            && !ONE_LINK.contains(message.getKey().replaceFirst(" .*", ""))
            && addresses.stream().noneMatch(address -> address.startsWith(grafana.url()))) {
          problems.add(message.getKey() + " has no dashboard: " + addresses);
        }
        for (String address : addresses) {
          if (!opened.containsKey(address)) {
            opened.put(address, problem(client, address));
          }
          if (!opened.get(address).isEmpty()) {
            problems.add(message.getKey() + ": " + address + " " + opened.get(address));
          }
        }
      }
    }
    System.out.println(
        "e2e: " + opened.size() + " addresses of " + messages().size() + " messages opened");
    assertThat(problems).isEmpty();
    assertThat(opened.keySet())
        .anyMatch(address -> address.contains("/graph?"))
        .anyMatch(address -> address.contains("/runbooks/BackendDown"))
        .anyMatch(address -> address.contains("/silences/"))
        .anyMatch(
            address ->
                address.startsWith(
                    grafana.url()
                        + "/d/pharos-service?viewPanel=38&var-job=remotegpu-backend&var-instance=127.0.0.1%3A"
                        + backendPort));
  }

  /// Why an address is of no use, or nothing.
  private String problem(HttpClient client, String address) throws Exception {
    if (!address.startsWith(url) && !address.startsWith(grafana.url())) {
      return "is neither of this Pharos nor of its Grafana";
    }
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(address))
            .header("X-Forwarded-For", "203.0.113.7")
            .header("Accept", "text/html")
            .timeout(Duration.ofSeconds(20))
            .build();
    HttpResponse<String> response = client.send(request, BodyHandlers.ofString());
    if (response.statusCode() != 200) {
      return "answered " + response.statusCode();
    }
    String expected =
        address.contains("/graph?")
            ? "data-chart="
            : address.contains("/runbooks/")
                ? "</h1>"
                : address.contains("/silences/")
                    ? "<form"
                    : address.contains("/incidents/") ? "Who was told" : "<html";
    return response.body().contains(expected) ? "" : "shows no " + expected;
  }

  /// All addresses of a message: of its mail, or of the strings of its JSON or form.
  private static Set<String> addresses(JsonNode message) throws IOException {
    var texts = new ArrayList<String>();
    texts.add(message.path("text").asText());
    texts.add(message.path("html").asText());
    String body = message.at("/request/body").asText();
    if (body.startsWith("{")) {
      strings(JSON.readTree(body), texts);
    } else {
      for (String pair : body.split("&")) {
        texts.add(URLDecoder.decode(pair, StandardCharsets.UTF_8));
      }
    }
    var addresses = new TreeSet<String>();
    for (String text : texts) {
      ADDRESS
          .matcher(text)
          .results()
          .map(found -> found.group().replace("&amp;", "&").replace("&#43;", "+"))
          .map(LinksIT::withoutMarkdown)
          .filter(address -> FORMATS.stream().noneMatch(address::startsWith))
          .forEach(addresses::add);
    }
    return addresses;
  }

  /// The end of a Markdown link is no part of the address; our own escape their brackets.
  private static String withoutMarkdown(String address) {
    int end = address.indexOf(')');
    return end < 0 ? address : address.substring(0, end);
  }

  private static void strings(JsonNode node, List<String> texts) {
    if (node.isTextual()) {
      texts.add(node.asText());
    }
    node.forEach(child -> strings(child, texts));
  }
}
