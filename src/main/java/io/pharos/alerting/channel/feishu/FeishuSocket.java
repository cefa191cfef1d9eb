package io.pharos.alerting.channel.feishu;

import com.fasterxml.jackson.databind.JsonNode;
import io.pharos.alerting.channel.ClickSource;
import io.pharos.alerting.channel.HttpCall;
import io.pharos.alerting.channel.HttpPoster;
import io.pharos.alerting.channel.HttpPoster.Outcome;
import io.pharos.alerting.channel.Json;
import io.pharos.alerting.channel.JsonAnswer;
import io.pharos.alerting.pipeline.NotifyResult;
import io.pharos.config.http.SecretSource;
import io.pharos.http.WebSocketLink;
import io.pharos.http.WebSocketLink.Frame;
import io.pharos.model.SharedMapper;
import io.pharos.template.value.GoJson;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The clicks of a custom app of Feishu, by its long connection: `callback/ws/endpoint` answers the
/// address of a WebSocket, over which frames arrive (github.com/larksuite/oapi-sdk-go, ws). Feishu
/// sends each click over one of the app's connections, at most 50, and repeats it if it is not
/// answered within three seconds. The answer contains the sentence that the person is shown.
final class FeishuSocket implements ClickSource {
  /// Key of a button's data in its value.
  static final String BUTTON = "pharos";

  private static final Duration PATIENCE = Duration.ofSeconds(10);

  /* Feishu asks for a ping every two minutes and says so when it connects. */
  private static final Duration PING = Duration.ofSeconds(90);

  private static final Pattern SERVICE_ID = Pattern.compile("[?&]service_id=([0-9]{1,9})(&|$)");

  /* A click has some kilobytes, a part at most one message. */
  private static final int MAX_PARTS = 64;
  private static final int MAX_UNFINISHED = 8;

  private final Bot bot;
  private final HttpPoster poster;
  private final InstantSource clock;

  /// An app, with the secret with which it connects.
  record Bot(String apiUrl, String appId, SecretSource secret) {}

  FeishuSocket(Bot bot, HttpPoster poster, InstantSource clock) {
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
    String address = address();
    Matcher id = SERVICE_ID.matcher(address);
    int service = id.find() ? Integer.parseInt(id.group(1)) : 0;
    try (WebSocketLink link = poster.webSocket(address, PATIENCE)) {
      listener.heard();
      var parts = new Parts();
      Instant ping = clock.instant();
      while (true) {
        if (!clock.instant().isBefore(ping)) {
          link.send(FeishuFrame.ping(service).toBytes());
          ping = clock.instant().plus(PING);
        }
        switch (link.next()) {
          case Frame.Quiet _ -> listener.heard();
          case Frame.Closed(String reason) -> throw new IOException(reason);
          case Frame.Text _ -> throw new IOException("Feishu sent a text, expected bytes");
          case Frame.Binary(byte[] bytes) -> {
            FeishuFrame frame = FeishuFrame.parse(bytes);
            listener.heard();
            if (frame.method() == FeishuFrame.DATA) {
              Optional<String> event = parts.add(frame);
              if (event.isPresent()) {
                link.send(frame.answer(answer(event.get(), listener)).toBytes());
              }
            }
          }
        }
      }
    }
  }

  private String address() throws IOException {
    Json credentials =
        Json.object().with("AppID", bot.appId()).with("AppSecret", bot.secret().read().orElse(""));
    Outcome outcome =
        poster.call(
            HttpCall.login(bot.apiUrl() + "/callback/ws/endpoint", GoJson.write(credentials)),
            "",
            Duration.ZERO,
            clock.instant().plus(PATIENCE));
    return switch (FeishuApp.judge(outcome)) {
      case NotifyResult.Sent _ ->
          JsonAnswer.of(FeishuApp.body(outcome))
              .text("data/URL")
              .orElseThrow(() -> new IOException("Feishu answered without the connection's URL"));
      case NotifyResult failed -> throw new IOException(failed.text());
    };
  }

  private static byte[] answer(String event, Listener listener) {
    JsonNode json = SharedMapper.read(event);
    Json response = Json.object().with("code", 200);
    if (json.at("/header/event_type").asText().equals("card.action.trigger")) {
      String data = json.at("/event/action/value/" + BUTTON).asText();
      if (!data.isEmpty()) { // a button of this program
        String sentence = listener.clicked(click(json.path("event"), data));
        String toast =
            GoJson.write(
                Map.of("toast", Json.object().with("type", "info").with("content", sentence)));
        response.with(
            "data", Base64.getEncoder().encodeToString(toast.getBytes(StandardCharsets.UTF_8)));
      }
    }
    return GoJson.write(response).getBytes(StandardCharsets.UTF_8);
  }

  private static Click click(JsonNode event, String data) {
    return new Click(
        FeishuAppConfig.SERVICE,
        data,
        event.at("/context/open_chat_id").asText(),
        event.at("/operator/open_id").asText(),
        "");
  }

  /// Joins the payloads of events that arrive in parts. What never becomes complete is forgotten.
  private static final class Parts {
    private final Map<String, byte[][]> unfinished = new LinkedHashMap<>();

    /// Returns the event that a frame completes; empty if others are missing.
    Optional<String> add(FeishuFrame frame) throws IOException {
      int sum = frame.number("sum");
      if (sum <= 1) {
        return Optional.of(new String(frame.payload(), StandardCharsets.UTF_8));
      }
      int number = frame.number("seq");
      if (sum > MAX_PARTS || number >= sum) {
        throw new IOException("Feishu sent part " + number + " of " + sum);
      }
      String id = frame.header("message_id");
      byte[][] parts = unfinished.computeIfAbsent(id, _ -> new byte[sum][]);
      if (unfinished.size() > MAX_UNFINISHED) {
        unfinished.remove(unfinished.keySet().iterator().next());
      }
      if (parts.length != sum) {
        throw new IOException("Feishu sent parts of different events under one id");
      }
      parts[number] = frame.payload();
      int length = Arrays.stream(parts).filter(Objects::nonNull).mapToInt(it -> it.length).sum();
      if (length > WebSocketLink.MAX_MESSAGE) {
        throw new IOException("Feishu sent an event longer than " + WebSocketLink.MAX_MESSAGE);
      }
      if (Arrays.stream(parts).anyMatch(Objects::isNull)) {
        return Optional.empty();
      }
      unfinished.remove(id);
      var whole = new ByteArrayOutputStream(length);
      Arrays.stream(parts).forEach(whole::writeBytes);
      return Optional.of(whole.toString(StandardCharsets.UTF_8));
    }
  }
}
