package io.pharos.oncall.chat;

import com.fasterxml.jackson.databind.JsonNode;
import io.pharos.bytes.protobuf.ProtoReader;
import io.pharos.bytes.protobuf.ProtoWriter;
import io.pharos.http.WebSocketStandIn;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

/// Feishu's API for custom apps and its long connection as documented (open.feishu.cn) and as
/// `oapi-sdk-go` speaks it, for one app and one group, over real sockets.
final class FeishuStandIn extends HttpStandIn {
  static final String APP = "cli_standin";
  static final String SECRET = "feishu-secret-stand-in";
  static final String CHAT = "oc_standin";

  /// A message of the group.
  static final class Shown {
    final String id;
    final String root;
    final boolean isInThread;
    volatile JsonNode content;
    volatile int edits;

    Shown(String id, String root, boolean isInThread, JsonNode content) {
      this.id = id;
      this.root = root;
      this.isInThread = isInThread;
      this.content = content;
    }

    String text() {
      return content.toString();
    }

    /// The values of the buttons by their labels.
    Map<String, String> buttons() {
      var found = new LinkedHashMap<String, String>();
      for (JsonNode element : content.path("elements")) {
        for (JsonNode action : element.path("actions")) {
          if (action.has("value")) {
            found.put(action.at("/text/content").asText(), action.at("/value/pharos").asText());
          }
        }
      }
      return found;
    }
  }

  private final WebSocketStandIn sockets;
  private final Map<String, Shown> messages = new LinkedHashMap<>();
  private final Map<String, String> uuids = new HashMap<>();
  private final List<String> valid = new CopyOnWriteArrayList<>();
  final List<String> acknowledged = new CopyOnWriteArrayList<>();
  final List<String> answers = new CopyOnWriteArrayList<>();
  volatile int pings;
  private int last = 100;

  /// Seconds that tokens are valid, as Feishu says.
  volatile int life = 7200;

  FeishuStandIn() throws IOException {
    sockets = new WebSocketStandIn(_ -> {}, this::received);
  }

  WebSocketStandIn sockets() {
    return sockets;
  }

  /// Makes the tokens invalid.
  void forgetTokens() {
    valid.clear();
  }

  @Override
  synchronized Answer act(Request request) throws IOException {
    JsonNode body = request.body();
    return switch (request.name()) {
      case "POST /open-apis/auth/v3/tenant_access_token/internal" -> {
        if (!body.path("app_id").asText().equals(APP)
            || !body.path("app_secret").asText().equals(SECRET)) {
          yield Answer.ok("{\"code\":10014,\"msg\":\"app secret invalid\"}");
        }
        valid.add("t-" + ++last);
        yield Answer.ok(
            "{\"code\":0,\"msg\":\"ok\",\"tenant_access_token\":\"%s\",\"expire\":%d}"
                .formatted(valid.getLast(), life));
      }
      case "POST /callback/ws/endpoint" ->
          body.path("AppID").asText().equals(APP) && body.path("AppSecret").asText().equals(SECRET)
              ? Answer.ok(
                  """
                  {"code":0,"msg":"","data":{"URL":"%s","ClientConfig":{"ReconnectCount":-1,
                  "ReconnectInterval":120,"ReconnectNonce":30,"PingInterval":120}}}
                  """
                      .formatted(sockets.url("/ws/v2?device_id=d1&service_id=7&ticket=SECRET")))
              : Answer.ok("{\"code\":1000040345,\"msg\":\"invalid app secret\"}");
      default ->
          valid.contains(
                  String.valueOf(request.headers().getFirst("Authorization"))
                      .replace("Bearer ", ""))
              ? message(request)
              : new Answer(
                  400, "{\"code\":99991663,\"msg\":\"Invalid access token for authorization\"}");
    };
  }

  private Answer message(Request request) throws IOException {
    String path = request.name().replaceFirst(".*/open-apis/im/v1/messages/?", "");
    JsonNode content = JSON.readTree(request.body().path("content").asText());
    if (request.name().startsWith("PATCH ")) {
      Shown message = messages.get(path);
      if (message == null) {
        return new Answer(400, "{\"code\":230011,\"msg\":\"The message is recalled.\"}");
      }
      if (!isShared(message.content) || !isShared(content)) {
        return new Answer(400, "{\"code\":230001,\"msg\":\"update_multi is required\"}");
      }
      message.content = content;
      message.edits++;
      return Answer.ok("{\"code\":0,\"msg\":\"success\",\"data\":{}}");
    }
    String root = path.replace("/reply", "");
    boolean isReply = path.endsWith("/reply");
    if (isReply
        ? !messages.containsKey(root)
        : !request.body().path("receive_id").asText().equals(CHAT)
            || !request.query().equals("receive_id_type=chat_id")) {
      return new Answer(400, "{\"code\":230001,\"msg\":\"invalid receive_id\"}");
    }
    String id =
        uuids.computeIfAbsent(
            request.body().path("uuid").asText(),
            _ -> {
              var message =
                  new Shown(
                      "om_" + ++last,
                      isReply ? root : "",
                      request.body().path("reply_in_thread").asBoolean(),
                      content);
              messages.put(message.id, message);
              return message.id;
            });
    return Answer.ok(
        "{\"code\":0,\"msg\":\"success\",\"data\":{\"message_id\":\"%s\",\"chat_id\":\"%s\"}}"
            .formatted(id, CHAT));
  }

  private static boolean isShared(JsonNode card) {
    return card.at("/config/update_multi").asBoolean();
  }

  private void received(WebSocketStandIn.Connection connection, byte[] data) {
    try {
      var headers = new HashMap<String, String>();
      long method = -1;
      long service = -1;
      String payload = "";
      var reader = new ProtoReader(data);
      while (reader.next()) {
        switch (reader.field()) {
          case 3 -> service = reader.int64();
          case 4 -> method = reader.int64();
          case 5 -> {
            ProtoReader header = reader.message();
            String key = header.next() ? header.string() : "";
            headers.put(key, header.next() ? header.string() : "");
          }
          case 8 -> payload = new String(reader.bytes(), StandardCharsets.UTF_8);
          default -> {}
        }
      }
      if (method == 0 && headers.get("type").equals("ping") && service == 7) {
        pings++;
        connection.send(
            frame(
                0,
                Map.of("type", "pong"),
                "{\"PingInterval\":120}".getBytes(StandardCharsets.UTF_8)));
      } else if (method == 1) {
        JsonNode response = JSON.readTree(payload);
        acknowledged.add(headers.get("message_id") + " " + response.path("code").asInt());
        if (response.has("data")) {
          answers.add(
              JSON.readTree(Base64.getDecoder().decode(response.path("data").asText()))
                  .at("/toast/content")
                  .asText());
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static byte[] frame(int method, Map<String, String> headers, byte[] payload) {
    var writer = new ProtoWriter().varint(1, 5).varint(2, 6).varint(3, 7).varint(4, method);
    headers.forEach(
        (key, value) -> writer.message(5, header -> header.string(1, key).string(2, value)));
    return writer.string(6, "").bytes(8, payload).string(9, "log").toByteArray();
  }

  /// A person presses the button of a message.
  void press(Shown message, String button, String user) throws IOException {
    click(CHAT, message.id, message.buttons().get(button), user, 1);
  }

  /// Sends a click over one of the connections, in several parts.
  void click(String chat, String message, String data, String user, int parts) throws IOException {
    ChatRig.until("a connection is open", () -> !sockets.connections().isEmpty());
    byte[] event =
        """
        {"schema":"2.0","header":{"event_id":"e","token":"v","create_time":"1700000000000000",
        "event_type":"card.action.trigger","tenant_key":"t","app_id":"%s"},
        "event":{"operator":{"tenant_key":"t","open_id":"%s","union_id":"on_1"},"token":"c-1",
        "action":{"value":{"pharos":"%s"},"tag":"button"},"host":"im_message",
        "context":{"open_message_id":"%s","open_chat_id":"%s"}}}
        """
            .formatted(APP, user, data, message, chat)
            .getBytes(StandardCharsets.UTF_8);
    String id = "m" + ++last;
    for (int part = 0; part < parts; part++) {
      byte[] payload =
          Arrays.copyOfRange(event, event.length * part / parts, event.length * (part + 1) / parts);
      send(
          frame(
              1,
              Map.of(
                  "type",
                  "event",
                  "message_id",
                  id,
                  "sum",
                  "" + parts,
                  "seq",
                  "" + part,
                  "trace_id",
                  "x"),
              payload));
    }
  }

  /// Sends bytes over one of the connections.
  void send(byte[] bytes) throws IOException {
    sockets.connections().getLast().send(bytes);
  }

  synchronized List<Shown> messages() {
    return List.copyOf(messages.values());
  }

  /// The messages that are no replies.
  List<Shown> cards() {
    return messages().stream().filter(it -> it.root.isEmpty()).toList();
  }

  Shown card() {
    return cards().getLast();
  }

  synchronized void recall(Shown message) {
    messages.remove(message.id);
  }

  @Override
  public void close() throws IOException {
    super.close();
    sockets.close();
  }
}
