package io.pharos.oncall.chat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/// Telegram's Bot API as documented (core.telegram.org/bots/api), for one bot and any chats, over
/// real sockets. It can fail, delay, forget, repeat, and answer nonsense.
final class TelegramStandIn implements AutoCloseable {
  static final String TOKEN = "123456:stand-in-token";
  private static final ObjectMapper JSON = new ObjectMapper();

  /// A message of a chat.
  static final class Shown {
    final long id;
    final String chat;
    volatile JsonNode content;
    volatile int edits;

    Shown(long id, String chat, JsonNode content) {
      this.id = id;
      this.chat = chat;
      this.content = content;
    }

    String text() {
      return content.path("text").asText();
    }

    long replyTo() {
      return content.at("/reply_parameters/message_id").asLong();
    }

    /// The data of the buttons by their texts.
    Map<String, String> buttons() {
      var found = new LinkedHashMap<String, String>();
      for (JsonNode row : content.at("/reply_markup/inline_keyboard")) {
        for (JsonNode button : row) {
          if (button.has("callback_data")) {
            found.put(button.path("text").asText(), button.path("callback_data").asText());
          }
        }
      }
      return found;
    }
  }

  private record Failure(String method, int status, String body) {}

  private HttpServer server;
  private final int port;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final Map<Long, Shown> messages = new TreeMap<>();
  private final List<JsonNode> updates = new ArrayList<>();
  private final Queue<Failure> failures = new ConcurrentLinkedQueue<>();
  final List<String> answers = new ArrayList<>();
  final List<String> calls = new ArrayList<>();
  private long lastMessage = 10;
  private long lastUpdate = 1000;
  private Object poller;

  /// Number of polls that were ended because another one began.
  int conflicts;

  /// Delay of every answer to other methods than getUpdates.
  volatile Duration delay = Duration.ZERO;

  /// Replies to messages are sent once this is zero.
  volatile CountDownLatch replies = new CountDownLatch(0);

  /// Whether replies to messages are answered with the status 502.
  volatile boolean refusesReplies;

  /// The connection is closed instead of an answer to the next call of this method.
  volatile String dropped = "";

  /// Whether updates are sent again although they were confirmed.
  volatile boolean repeats;

  TelegramStandIn() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    port = server.getAddress().getPort();
    begin();
  }

  private void begin() {
    server.setExecutor(threads);
    server.createContext("/", this::handle);
    server.start();
  }

  String url() {
    return "http://127.0.0.1:" + port;
  }

  /// Goes away: connections are refused.
  void leave() {
    server.stop(0);
  }

  void comeBack() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
    begin();
  }

  /// Answers the next call of a method with an error.
  void fail(String method, int status, String body) {
    failures.add(new Failure(method, status, body));
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      JsonNode request = JSON.readTree(exchange.getRequestBody());
      String path = exchange.getRequestURI().getPath();
      String method = path.substring(path.lastIndexOf('/') + 1);
      if (!path.startsWith("/bot" + TOKEN + "/")) {
        answer(exchange, 401, error(401, "Unauthorized"));
        return;
      }
      synchronized (this) {
        calls.add(method);
      }
      if (dropped.equals(method)) {
        dropped = "";
        return;
      }
      Failure failure =
          failures.stream().filter(it -> it.method().equals(method)).findFirst().orElse(null);
      if (failure != null && failures.remove(failure)) {
        answer(exchange, failure.status(), failure.body());
        return;
      }
      switch (method) {
        case "getUpdates" -> poll(exchange, request);
        default -> {
          ChatRig.pause(delay);
          if (request.has("reply_parameters")) {
            replies.await();
            if (refusesReplies) {
              answer(exchange, 502, error(502, "Bad Gateway"));
              return;
            }
          }
          act(exchange, method, request);
        }
      }
    } catch (InterruptedException _) {
      // the stand-in has ended
    }
  }

  private void act(HttpExchange exchange, String method, JsonNode request) throws IOException {
    String reply;
    int status = 200;
    synchronized (this) {
      String chat = request.path("chat_id").asText();
      switch (method) {
        case "sendMessage" -> {
          var message = new Shown(++lastMessage, chat, request);
          messages.put(message.id, message);
          reply = "{\"ok\":true,\"result\":{\"message_id\":%d}}".formatted(message.id);
        }
        case "editMessageText" -> {
          Shown message = messages.get(request.path("message_id").asLong());
          if (message == null || !message.chat.equals(chat)) {
            status = 400;
            reply = error(400, "Bad Request: message to edit not found");
          } else if (message.text().equals(request.path("text").asText())
              && message.content.path("reply_markup").equals(request.path("reply_markup"))) {
            status = 400;
            reply =
                error(
                    400,
                    "Bad Request: message is not modified: specified new message content and reply"
                        + " markup are exactly the same");
          } else {
            message.content = request;
            message.edits++;
            reply = "{\"ok\":true,\"result\":{\"message_id\":%d}}".formatted(message.id);
          }
        }
        case "answerCallbackQuery" -> {
          answers.add(request.path("text").asText());
          reply = "{\"ok\":true,\"result\":true}";
        }
        default -> {
          status = 404;
          reply = error(404, "Not Found");
        }
      }
    }
    answer(exchange, status, reply);
  }

  /* A second poll ends the first with the status 409; an offset confirms all updates before it. */
  private void poll(HttpExchange exchange, JsonNode request)
      throws IOException, InterruptedException {
    long offset = request.path("offset").asLong();
    Instant end = Instant.now().plusSeconds(request.path("timeout").asLong());
    var me = new Object();
    String reply;
    int status = 200;
    synchronized (this) {
      poller = me;
      notifyAll();
      if (!repeats) {
        updates.removeIf(it -> it.path("update_id").asLong() < offset);
      }
      while (updates.isEmpty() && poller == me && Instant.now().isBefore(end)) {
        wait(100);
      }
      if (poller != me) {
        conflicts++;
        status = 409;
        reply =
            error(
                409,
                "Conflict: terminated by other getUpdates request; make sure that only one bot"
                    + " instance is running");
      } else {
        reply =
            "{\"ok\":true,\"result\":"
                + updates.stream().limit(request.path("limit").asLong(100)).toList()
                + "}";
      }
    }
    if (repeats) {
      Thread.sleep(100);
    }
    answer(exchange, status, reply);
  }

  private static String error(int code, String description) {
    return "{\"ok\":false,\"error_code\":%d,\"description\":\"%s\"}".formatted(code, description);
  }

  private static void answer(HttpExchange exchange, int status, String body) throws IOException {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().add("Content-Type", "application/json");
    exchange.sendResponseHeaders(status, bytes.length);
    exchange.getResponseBody().write(bytes);
  }

  /// A person presses the button of a message.
  void press(Shown message, String button, long user, String name) throws IOException {
    click(message.chat, message.id, message.buttons().get(button), user, name);
  }

  /// A person's app sends the data of a button.
  synchronized void click(String chat, long message, String data, long user, String name)
      throws IOException {
    send(
        """
        {"update_id":%d,"callback_query":{"id":"q%d","from":{"id":%d,"is_bot":false,
        "first_name":"%s"},"message":{"message_id":%d,"chat":{"id":%s,"type":"group"},"date":1},
        "chat_instance":"1","data":"%s"}}
        """
            .formatted(++lastUpdate, lastUpdate, user, name, message, chat, data));
  }

  /// Sends any update.
  synchronized void send(String update) throws IOException {
    updates.add(JSON.readTree(update));
    notifyAll();
  }

  synchronized List<Shown> messages() {
    return List.copyOf(messages.values());
  }

  /// The messages that are no replies.
  List<Shown> cards() {
    return messages().stream().filter(it -> it.replyTo() == 0).toList();
  }

  Shown card() {
    return cards().getLast();
  }

  synchronized void delete(Shown message) {
    messages.remove(message.id);
  }

  synchronized List<String> answers() {
    return List.copyOf(answers);
  }

  synchronized long count(String method) {
    return calls.stream().filter(method::equals).count();
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
