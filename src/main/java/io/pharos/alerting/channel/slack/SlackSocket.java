package io.pharos.alerting.channel.slack;

import com.fasterxml.jackson.databind.JsonNode;
import io.pharos.alerting.channel.ClickSource;
import io.pharos.alerting.channel.HttpCall;
import io.pharos.alerting.channel.HttpPoster;
import io.pharos.alerting.channel.HttpPoster.Outcome;
import io.pharos.alerting.channel.Json;
import io.pharos.alerting.channel.JsonAnswer;
import io.pharos.config.pharos.ChatSettings.SlackApp;
import io.pharos.http.WebSocketLink;
import io.pharos.http.WebSocketLink.Frame;
import io.pharos.model.SharedMapper;
import io.pharos.template.value.GoJson;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;

/// The clicks of an app of Slack, by Socket Mode
/// (docs.slack.dev/apis/events-api/using-socket-mode): `apps.connections.open` answers the address
/// of a WebSocket. Slack sends each click over one of the app's connections, in an envelope that
/// must be acknowledged within three seconds, and refreshes connections now and then.
public final class SlackSocket implements ClickSource {
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  /* The answer to a click waits no longer, because the next click waits for it. */
  private static final Duration ANSWER = Duration.ofSeconds(3);

  private final SlackApp app;
  private final HttpPoster poster;
  private final InstantSource clock;

  /// @param poster calls Slack
  public SlackSocket(SlackApp app, HttpPoster poster, InstantSource clock) {
    this.app = app;
    this.poster = poster;
    this.clock = clock;
  }

  @Override
  public Object identity() {
    return app;
  }

  @Override
  public boolean isExclusive() {
    return false;
  }

  @Override
  public void listen(Listener listener) throws IOException, InterruptedException {
    try (WebSocketLink link = poster.webSocket(address(), PATIENCE)) {
      while (true) {
        switch (link.next()) {
          case Frame.Quiet _ -> listener.heard();
          case Frame.Closed(String reason) -> throw new IOException(reason);
          case Frame.Binary _ -> throw new IOException("Slack sent bytes, expected JSON");
          case Frame.Text(String text) -> {
            if (receive(SharedMapper.read(text), link, listener) == Connection.ENDS) {
              return;
            }
          }
        }
      }
    }
  }

  private String address() throws IOException {
    Outcome outcome =
        poster.call(
            HttpCall.post(app.apiUrl() + "/apps.connections.open", "{}")
                .withHeader("Authorization", "Bearer " + app.token().read().orElse("")),
            "",
            Duration.ZERO,
            clock.instant().plus(PATIENCE));
    return switch (outcome) {
      case Outcome.Failed failed -> throw new IOException(failed.result().text());
      case Outcome.Answered(_, String body) ->
          JsonAnswer.of(body)
              .text("url")
              .filter(_ -> JsonAnswer.of(body).flag("ok").orElse(false))
              .orElseThrow(
                  () ->
                      new IOException(
                          "Slack opens no connection"
                              + JsonAnswer.of(body)
                                  .text("error")
                                  .map(HttpPoster::excerpt)
                                  .orElse("")));
    };
  }

  private enum Connection {
    GOES_ON,
    ENDS
  }

  private Connection receive(JsonNode message, WebSocketLink link, Listener listener)
      throws IOException, InterruptedException {
    if (!message.isObject()) {
      throw new IOException("Slack sent no JSON object");
    }
    listener.heard();
    String id = message.path("envelope_id").asText();
    if (!id.isEmpty()) {
      link.send(GoJson.write(Json.object().with("envelope_id", id)));
    }
    switch (message.path("type").asText()) {
      case "disconnect" -> {
        String reason = message.path("reason").asText();
        if (reason.equals("link_disabled")) {
          throw new IOException("Socket Mode of the app is switched off");
        }
        return Connection.ENDS;
      }
      case "interactive" -> pressed(message.path("payload"), listener);
      default -> {} // hello, and events that the app is subscribed to
    }
    return Connection.GOES_ON;
  }

  private void pressed(JsonNode payload, Listener listener) throws IOException {
    JsonNode user = payload.path("user");
    for (JsonNode action : payload.path("actions")) {
      if (!action.path("action_id").asText().startsWith(SlackCards.BUTTON)) {
        continue;
      }
      String name = user.path("name").asText();
      String answer =
          listener.clicked(
              new Click(
                  SlackConfig.CHANNEL.type(),
                  action.path("value").asText(),
                  payload.path("channel").path("id").asText(),
                  user.path("id").asText(),
                  name.isEmpty() ? user.path("username").asText() : name));
      answer(payload.path("response_url").asText(), answer);
    }
  }

  /* Only the person who pressed sees it. The card shows the result too, so a failure is ignored. */
  private void answer(String url, String text) {
    if (!url.isEmpty()) {
      Outcome _ =
          poster.call(
              HttpCall.post(
                  url,
                  GoJson.write(
                      Json.object()
                          .with("response_type", "ephemeral")
                          .with("replace_original", false)
                          .with("text", SlackPayload.escape(text)))),
              "",
              Duration.ZERO,
              clock.instant().plus(ANSWER));
    }
  }
}
