package io.pharos.oncall.chat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.pharos.http.WebSocketStandIn;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

/// DingTalk's API for apps and its Stream mode as documented (open.dingtalk.com) and as
/// `dingtalk-stream-sdk-go` speaks it, for one app and one group, over real sockets.
final class DingTalkStandIn extends HttpStandIn {
  static final String APP = "dingstandin";
  static final String SECRET = "dingtalk-secret-stand-in";
  static final String GROUP = "cidStandIn==";
  static final String TEMPLATE = "t-1.schema";

  /// A card of the group.
  static final class Shown {
    final String id;
    volatile ObjectNode variables;
    volatile int edits;

    Shown(String id, ObjectNode variables) {
      this.id = id;
      this.variables = variables;
    }

    String text() {
      return variables.path("markdown").asText();
    }

    /// The data of the buttons by their labels.
    Map<String, String> buttons() {
      try {
        var found = new LinkedHashMap<String, String>();
        for (JsonNode button : JSON.readTree(variables.path("btns").asText())) {
          found.put(
              button.path("text").asText(), button.at("/event/params/params/pharos").asText());
        }
        return found;
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private final WebSocketStandIn sockets;
  private final Map<String, Shown> cards = new LinkedHashMap<>();
  private final List<String> valid = new CopyOnWriteArrayList<>();

  /// Texts of the robot's messages.
  final List<String> messages = new CopyOnWriteArrayList<>();

  final List<String> acknowledged = new CopyOnWriteArrayList<>();
  final List<String> answers = new CopyOnWriteArrayList<>();
  private int last = 100;

  /// Seconds that tokens are valid, as DingTalk says.
  volatile int life = 7200;

  DingTalkStandIn() throws IOException {
    sockets = new WebSocketStandIn(_ -> {}, (_, data) -> received(data));
  }

  WebSocketStandIn sockets() {
    return sockets;
  }

  /// Makes the tokens invalid.
  void forgetTokens() {
    valid.clear();
  }

  @Override
  synchronized Answer act(Request request) {
    JsonNode body = request.body();
    boolean isSigned =
        valid.contains(String.valueOf(request.headers().getFirst("x-acs-dingtalk-access-token")));
    return switch (request.name()) {
      case "POST /v1.0/oauth2/accessToken" -> {
        if (!body.path("appKey").asText().equals(APP)
            || !body.path("appSecret").asText().equals(SECRET)) {
          yield new Answer(400, "{\"code\":\"invalidClientIdOrSecret\",\"message\":\"wrong\"}");
        }
        valid.add("token" + ++last);
        yield Answer.ok(
            "{\"accessToken\":\"%s\",\"expireIn\":%d}".formatted(valid.getLast(), life));
      }
      case "POST /v1.0/gateway/connections/open" ->
          body.path("clientId").asText().equals(APP)
                  && body.path("clientSecret").asText().equals(SECRET)
                  && body.at("/subscriptions/0/topic")
                      .asText()
                      .equals("/v1.0/card/instances/callback")
              ? Answer.ok(
                  "{\"endpoint\":\"%s\",\"ticket\":\"a+b/c=\"}".formatted(sockets.url("/connect")))
              : new Answer(401, "{\"code\":\"authFailed\",\"message\":\"wrong\"}");
      default ->
          isSigned
              ? signed(request)
              : new Answer(
                  400, "{\"code\":\"InvalidAuthentication\",\"message\":\"invalid token\"}");
    };
  }

  private Answer signed(Request request) {
    JsonNode body = request.body();
    String track = body.path("outTrackId").asText();
    JsonNode variables = body.at("/cardData/cardParamMap");
    return switch (request.name()) {
      case "POST /v1.0/card/instances/createAndDeliver" -> {
        if (!body.path("cardTemplateId").asText().equals(TEMPLATE)
            || cards.containsKey(track)
            || !body.path("callbackType").asText().equals("STREAM")
            || !body.at("/imGroupOpenDeliverModel/robotCode").asText().equals(APP)) {
          yield new Answer(400, "{\"code\":\"param.error\",\"message\":\"wrong parameter\"}");
        }
        boolean isThere = body.path("openSpaceId").asText().equals("dtv1.card//IM_GROUP." + GROUP);
        if (isThere) {
          cards.put(track, new Shown(track, variables.deepCopy()));
        }
        yield Answer.ok(
            """
            {"success":true,"result":{"outTrackId":"%s","deliverResults":[{"spaceId":"%s",
            "spaceType":"IM_GROUP","success":%s,"errorMsg":"spaceId is illegal"}]}}
            """
                .formatted(track, GROUP, isThere));
      }
      case "PUT /v1.0/card/instances" -> {
        Shown card = cards.get(track);
        if (card == null) {
          yield new Answer(400, "{\"code\":\"param.cardNotExist\",\"message\":\"no card\"}");
        }
        card.variables = card.variables.deepCopy().setAll((ObjectNode) variables);
        card.edits++;
        yield Answer.ok("{\"success\":true,\"result\":true}");
      }
      case "POST /v1.0/robot/groupMessages/send" -> {
        messages.add(body.path("msgParam").asText());
        yield Answer.ok("{\"processQueryKey\":\"k" + ++last + "\"}");
      }
      default -> new Answer(404, "{\"code\":\"InvalidAction.NotFound\",\"message\":\"\"}");
    };
  }

  private void received(byte[] data) {
    try {
      JsonNode answer = JSON.readTree(data);
      acknowledged.add(
          answer.at("/headers/messageId").asText() + " " + answer.path("code").asInt());
      JsonNode words =
          JSON.readTree(answer.path("data").asText())
              .at("/response/userPrivateData/cardParamMap/answer");
      if (!words.isMissingNode()) {
        answers.add(words.asText());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// A person presses the button of a card.
  void press(Shown card, String button, String user) throws IOException {
    click(GROUP, card.id, card.buttons().get(button), user);
  }

  /// Sends a click over one of the connections.
  void click(String group, String card, String data, String user) throws IOException {
    ChatRig.until("a connection is open", () -> !sockets.connections().isEmpty());
    String content =
        "{\"cardPrivateData\":{\"actionIds\":[\"pharos\"],\"params\":{\"pharos\":\""
            + data
            + "\"}}}";
    ObjectNode event =
        JSON.createObjectNode()
            .put("type", "actionCallback")
            .put("outTrackId", card)
            .put("corpId", "c1")
            .put("userId", user)
            .put("userIdType", 1)
            .put("spaceId", group)
            .put("spaceType", "IM_GROUP")
            .put("content", content);
    frame("CALLBACK", "/v1.0/card/instances/callback", event.toString());
  }

  /// Sends a frame over one of the connections.
  void frame(String type, String topic, String data) throws IOException {
    ObjectNode frame =
        JSON.createObjectNode().put("specVersion", "1.0").put("type", type).put("data", data);
    frame
        .putObject("headers")
        .put("topic", topic)
        .put("messageId", "m" + ++last)
        .put("contentType", "application/json")
        .put("time", "1700000000000");
    sockets.connections().getLast().send(frame.toString());
  }

  synchronized List<Shown> cards() {
    return List.copyOf(cards.values());
  }

  Shown card() {
    return cards().getLast();
  }

  @Override
  public void close() throws IOException {
    super.close();
    sockets.close();
  }
}
