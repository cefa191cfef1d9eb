package io.pharos.alerting.channel.dingtalk;

import com.fasterxml.jackson.databind.JsonNode;
import io.pharos.alerting.channel.ClickSource;
import io.pharos.alerting.channel.HttpCall;
import io.pharos.alerting.channel.HttpPoster;
import io.pharos.alerting.channel.HttpPoster.Outcome;
import io.pharos.alerting.channel.Json;
import io.pharos.alerting.channel.JsonAnswer;
import io.pharos.config.http.SecretSource;
import io.pharos.http.WebSocketLink;
import io.pharos.http.WebSocketLink.Frame;
import io.pharos.model.SharedMapper;
import io.pharos.template.value.GoJson;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The clicks of an app of DingTalk, by its Stream mode (github.com/open-dingtalk):
/// `gateway/connections/open` answers the address of a WebSocket and a ticket. DingTalk sends each
/// click over one of the app's connections.
final class DingTalkSocket implements ClickSource {
  /// Key of a button's data in its parameters, and the id of its action.
  static final String BUTTON = "pharos";

  private static final String TOPIC = "/v1.0/card/instances/callback";
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final Bot bot;
  private final HttpPoster poster;
  private final InstantSource clock;

  /// An app, with the secret with which it connects.
  record Bot(String apiUrl, String clientId, SecretSource secret) {}

  DingTalkSocket(Bot bot, HttpPoster poster, InstantSource clock) {
    this.bot = bot;
    this.poster = poster;
    this.clock = clock;
  }

  @Override
  public Object identity() {
    return bot;
  }

  @Override
  public boolean isExclusive() {
    return false;
  }

  @Override
  public void listen(Listener listener) throws IOException, InterruptedException {
    try (WebSocketLink link = poster.webSocket(address(), PATIENCE)) {
      listener.heard();
      while (true) {
        switch (link.next()) {
          case Frame.Quiet _ -> listener.heard();
          case Frame.Closed(String reason) -> throw new IOException(reason);
          case Frame.Binary _ -> throw new IOException("DingTalk sent bytes, expected JSON");
          case Frame.Text(String text) -> {
            JsonNode message = SharedMapper.read(text);
            if (!message.isObject()) {
              throw new IOException("DingTalk sent no JSON object");
            }
            listener.heard();
            String topic = message.at("/headers/topic").asText();
            if (topic.equals("disconnect")) {
              return;
            }
            link.send(answer(message, topic, listener));
          }
        }
      }
    }
  }

  private String address() throws IOException {
    Json request =
        Json.object()
            .with("clientId", bot.clientId())
            .with("clientSecret", bot.secret().read().orElse(""))
            .with(
                "subscriptions",
                List.of(Json.object().with("type", "CALLBACK").with("topic", TOPIC)))
            .with("ua", "pharos");
    Outcome outcome =
        poster.call(
            HttpCall.login(bot.apiUrl() + "/v1.0/gateway/connections/open", GoJson.write(request)),
            "",
            Duration.ZERO,
            clock.instant().plus(PATIENCE));
    if (!(outcome instanceof Outcome.Answered(_, String body))) {
      throw new IOException(DingTalkApp.judge(outcome).text());
    }
    Optional<String> endpoint = JsonAnswer.of(body).text("endpoint");
    Optional<String> ticket = JsonAnswer.of(body).text("ticket");
    if (endpoint.isEmpty() || ticket.isEmpty()) {
      throw new IOException("DingTalk answered without endpoint and ticket");
    }
    return endpoint.get() + "?ticket=" + URLEncoder.encode(ticket.get(), StandardCharsets.UTF_8);
  }

  private static String answer(JsonNode message, String topic, Listener listener) {
    String data =
        topic.equals(TOPIC)
            ? clicked(SharedMapper.read(message.path("data").asText()), listener)
            : message.path("data").asText(); // a ping is answered with its own data
    return GoJson.write(
        Json.object()
            .with("code", 200)
            .with("message", "OK")
            .with(
                "headers",
                Json.object()
                    .with("messageId", message.at("/headers/messageId").asText())
                    .with("contentType", "application/json"))
            .with("data", data));
  }

  /* The answer fills the private variable of the person who pressed, if the template has it. */
  private static String clicked(JsonNode event, Listener listener) {
    JsonNode content = SharedMapper.read(event.path("content").asText());
    String data = content.at("/cardPrivateData/params/" + BUTTON).asText();
    if (data.isEmpty()) {
      return "{\"response\":{}}";
    }
    String sentence =
        listener.clicked(
            new Click(
                DingTalkAppConfig.SERVICE,
                data,
                event.path("spaceId").asText(),
                event.path("userId").asText(),
                ""));
    return GoJson.write(
        Map.of(
            "response",
            Json.object()
                .with("cardUpdateOptions", Map.of("updatePrivateDataByKey", true))
                .with("userPrivateData", Map.of("cardParamMap", Map.of("answer", sentence)))));
  }
}
