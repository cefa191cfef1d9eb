package io.pharos.oncall.chat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.pharos.http.WebSocketStandIn;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/// Slack's Web API and Socket Mode as documented (docs.slack.dev), for one app and one channel,
/// over real sockets. It can fail, delay, forget, repeat, and send nonsense.
final class SlackStandIn implements AutoCloseable {
  static final String BOT_TOKEN = "xoxb-stand-in";
  static final String APP_TOKEN = "xapp-stand-in";

  /// Posts name the channel; answers and clicks have its id.
  static final String CHANNEL = "C0STANDIN";

  private static final ObjectMapper JSON = new ObjectMapper();

  /// A message of the channel.
  static final class Shown {
    final String ts;
    volatile JsonNode content;
    volatile int edits;

    Shown(String ts, JsonNode content) {
      this.ts = ts;
      this.content = content;
    }

    String text() {
      return content.toString();
    }

    String thread() {
      return content.path("thread_ts").asText();
    }

    /// The values of the buttons by their texts.
    Map<String, JsonNode> buttons() {
      var found = new LinkedHashMap<String, JsonNode>();
      for (JsonNode attachment : content.path("attachments")) {
        for (JsonNode block : attachment.path("blocks")) {
          for (JsonNode element : block.path("elements")) {
            found.put(element.at("/text/text").asText(), element);
          }
        }
      }
      return found;
    }
  }

  private record Failure(String method, int status, String body, String retryAfter) {}

  private final HttpServer server;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final WebSocketStandIn sockets;
  private final Map<String, Shown> messages = new LinkedHashMap<>();
  private final Queue<Failure> failures = new ConcurrentLinkedQueue<>();
  private final List<String> calls = new CopyOnWriteArrayList<>();
  final List<String> acknowledged = new CopyOnWriteArrayList<>();
  final List<JsonNode> answers = new CopyOnWriteArrayList<>();
  private int last = 100;

  /// Delay of every answer.
  volatile Duration delay = Duration.ZERO;

  SlackStandIn() throws IOException {
    sockets = new WebSocketStandIn(this::hello, this::received);
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(threads);
    server.createContext("/", this::handle);
    server.start();
  }

  String url(String path) {
    return "http://127.0.0.1:" + server.getAddress().getPort() + path;
  }

  private void hello(WebSocketStandIn.Connection connection) {
    try {
      connection.send(
          "{\"type\":\"hello\",\"num_connections\":1,\"connection_info\":{\"app_id\":\"A1\"},"
              + "\"debug_info\":{\"host\":\"stand-in\",\"approximate_connection_time\":18060}}");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void received(WebSocketStandIn.Connection connection, byte[] data) {
    try {
      acknowledged.add(JSON.readTree(data).path("envelope_id").asText());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void fail(String method, int status, String body, String retryAfter) {
    failures.add(new Failure(method, status, body, retryAfter));
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      byte[] body = exchange.getRequestBody().readAllBytes();
      String path = exchange.getRequestURI().getPath();
      String method = path.substring(path.lastIndexOf('/') + 1);
      calls.add(method);
      ChatRig.pause(delay);
      Failure failure =
          failures.stream().filter(it -> it.method().equals(method)).findFirst().orElse(null);
      if (failure != null && failures.remove(failure)) {
        if (!failure.retryAfter().isEmpty()) {
          exchange.getResponseHeaders().add("Retry-After", failure.retryAfter());
        }
        answer(exchange, failure.status(), failure.body());
        return;
      }
      String token =
          String.valueOf(exchange.getRequestHeaders().getFirst("Authorization"))
              .replace("Bearer ", "");
      answer(exchange, 200, act(method, token, JSON.readTree(body)));
    }
  }

  private synchronized String act(String method, String token, JsonNode request)
      throws IOException {
    switch (method) {
      case "apps.connections.open" -> {
        return token.equals(APP_TOKEN)
            ? "{\"ok\":true,\"url\":\"" + sockets.url("/link/?ticket=t&app_id=A1") + "\"}"
            : "{\"ok\":false,\"error\":\"invalid_auth\"}";
      }
      case "response" -> {
        answers.add(request);
        return "ok";
      }
      case "chat.postMessage" -> {
        if (!token.equals(BOT_TOKEN)) {
          return "{\"ok\":false,\"error\":\"invalid_auth\"}";
        }
        var message = new Shown("1700000" + ++last + ".000100", request);
        messages.put(message.ts, message);
        return "{\"ok\":true,\"channel\":\"%s\",\"ts\":\"%s\"}".formatted(CHANNEL, message.ts);
      }
      case "chat.update" -> {
        if (!request.path("channel").asText().equals(CHANNEL)) {
          return "{\"ok\":false,\"error\":\"channel_not_found\"}";
        }
        Shown message = messages.get(request.path("ts").asText());
        if (message == null) {
          return "{\"ok\":false,\"error\":\"message_not_found\"}";
        }
        message.content = request;
        message.edits++;
        return "{\"ok\":true,\"channel\":\"%s\",\"ts\":\"%s\"}".formatted(CHANNEL, message.ts);
      }
      default -> {
        return "{\"ok\":false,\"error\":\"unknown_method\"}";
      }
    }
  }

  private static void answer(HttpExchange exchange, int status, String body) throws IOException {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().add("Content-Type", "application/json; charset=utf-8");
    exchange.sendResponseHeaders(status, bytes.length);
    exchange.getResponseBody().write(bytes);
  }

  /// A person presses the button of a message.
  void press(Shown message, String button, String user, String name) throws IOException {
    click(CHANNEL, message.ts, message.buttons().get(button), user, name);
  }

  /// Sends a click over one of the connections.
  void click(String channel, String ts, JsonNode button, String user, String name)
      throws IOException {
    ChatRig.until("a connection is open", () -> !sockets.connections().isEmpty());
    send(
        """
        {"envelope_id":"e-%d","type":"interactive","accepts_response_payload":false,"payload":
        {"type":"block_actions","user":{"id":"%s","username":"%s","name":"%s","team_id":"T1"},
        "api_app_id":"A1","container":{"type":"message_attachment","message_ts":"%s",
        "channel_id":"%s"},"channel":{"id":"%s","name":"alerts"},"response_url":"%s",
        "actions":[%s]}}
        """
            .formatted(++last, user, name, name, ts, channel, channel, url("/response"), button));
  }

  /// Sends any message over one of the connections.
  void send(String text) throws IOException {
    sockets.connections().getLast().send(text);
  }

  WebSocketStandIn sockets() {
    return sockets;
  }

  synchronized List<Shown> messages() {
    return List.copyOf(messages.values());
  }

  /// The messages outside threads.
  List<Shown> cards() {
    return messages().stream().filter(it -> it.thread().isEmpty()).toList();
  }

  Shown card() {
    return cards().getLast();
  }

  synchronized void delete(Shown message) {
    messages.remove(message.ts);
  }

  List<String> answers() {
    return answers.stream().map(it -> it.path("text").asText()).toList();
  }

  long count(String method) {
    return calls.stream().filter(method::equals).count();
  }

  @Override
  public void close() throws IOException {
    server.stop(0);
    threads.shutdownNow();
    sockets.close();
  }
}
