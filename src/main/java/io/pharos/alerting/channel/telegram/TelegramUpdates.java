package io.pharos.alerting.channel.telegram;

import com.fasterxml.jackson.databind.JsonNode;
import io.pharos.alerting.channel.ClickSource;
import io.pharos.alerting.channel.HttpCall;
import io.pharos.alerting.channel.HttpPoster;
import io.pharos.alerting.channel.HttpPoster.Outcome;
import io.pharos.alerting.channel.Json;
import io.pharos.config.http.SecretSource;
import io.pharos.model.SharedMapper;
import io.pharos.template.value.GoJson;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;

/// The clicks of a Telegram bot, by long polling with `getUpdates` (core.telegram.org/bots/api).
/// Telegram sends an update again until a later poll confirms it, and allows one poll at a time: it
/// ends the other with status 409.
final class TelegramUpdates implements ClickSource {
  /// How long Telegram waits for an update before it answers.
  private static final Duration POLL = Duration.ofSeconds(25);

  private static final Duration PATIENCE = Duration.ofSeconds(10);

  /* An update repeats the message, of up to 4096 characters and its keyboard; HttpPoster reads 64
   * KiB. */
  private static final int UPDATES = 3;

  /* The text of an answer to a click has at most 200 characters. */
  private static final int MAX_ANSWER = 200;

  private final TelegramConfig config;
  private final HttpPoster poster;
  private final InstantSource clock;

  /// Only one thread listens at a time.
  private volatile long next;

  TelegramUpdates(TelegramConfig config, HttpPoster poster, InstantSource clock) {
    this.config = config;
    this.poster = poster;
    this.clock = clock;
  }

  private record Bot(String apiUrl, SecretSource token) {}

  @Override
  public Object identity() {
    return new Bot(config.apiUrl(), config.botToken());
  }

  @Override
  public boolean isExclusive() {
    return true;
  }

  @Override
  public void listen(Listener listener) throws IOException {
    Json poll =
        Json.object()
            .with("timeout", POLL.toSeconds())
            .with("limit", UPDATES)
            .with("allowed_updates", List.of("callback_query"));
    JsonNode updates =
        switch (call("getUpdates", next == 0 ? poll : poll.with("offset", next), POLL)) {
          case Outcome.Answered(_, String body) -> SharedMapper.read(body).path("result");
          case Outcome.Failed(int status, _, var result) ->
              throw new IOException(
                  (status == 409 ? "another program receives this bot's updates: " : "")
                      + result.text());
        };
    if (!updates.isArray()) {
      throw new IOException("getUpdates answered without a list of updates");
    }
    listener.heard();
    boolean isComplete = true;
    for (JsonNode update : updates) {
      receive(update.path("callback_query"), listener);
      JsonNode id = update.path("update_id");
      isComplete &= id.isIntegralNumber();
      next = id.isIntegralNumber() ? id.asLong() + 1 : next;
    }
    if (!isComplete) {
      throw new IOException("getUpdates answered an update without update_id");
    }
  }

  private void receive(JsonNode query, Listener listener) throws IOException {
    JsonNode from = query.path("from");
    String id = query.path("id").asText();
    if (id.isEmpty()) {
      return;
    }
    String name =
        (from.path("first_name").asText() + " " + from.path("last_name").asText()).strip();
    String answer =
        listener.clicked(
            new Click(
                TelegramConfig.CHANNEL.type(),
                query.path("data").asText(),
                query.at("/message/chat/id").asText(),
                from.path("id").asText(),
                name));
    // The card shows the result too, so a failure to answer is not repeated.
    Outcome _ =
        call(
            "answerCallbackQuery",
            Map.of(
                "callback_query_id",
                id,
                "text",
                answer.length() <= MAX_ANSWER ? answer : answer.substring(0, MAX_ANSWER)),
            Duration.ZERO);
  }

  private Outcome call(String method, Map<String, ?> parameters, Duration expected)
      throws IOException {
    String url = config.apiUrl() + "/bot" + config.botToken().read().orElse("") + "/" + method;
    return poster.call(
        HttpCall.post(url, GoJson.write(parameters)),
        "",
        Duration.ZERO,
        clock.instant().plus(expected).plus(PATIENCE));
  }
}
