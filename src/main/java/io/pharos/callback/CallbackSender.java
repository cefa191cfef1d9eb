package io.pharos.callback;

import com.fasterxml.jackson.databind.JsonNode;
import io.pharos.alerting.channel.HttpCall;
import io.pharos.alerting.channel.HttpPoster;
import io.pharos.alerting.channel.HttpPoster.Outcome;
import io.pharos.alerting.channel.SecretMask;
import io.pharos.alerting.pipeline.NotifyResult;
import io.pharos.http.ClientPool;
import io.pharos.http.Clients;
import io.pharos.model.SharedMapper;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/// Makes one attempt to deliver a message and returns its result. Thread-safe.
final class CallbackSender implements AutoCloseable {
  static final String GITHUB_JSON = "application/vnd.github+json";

  /// Timeout of one HTTP request.
  private static final Duration TIMEOUT = Duration.ofSeconds(10);

  /* Statuses of errors that may end without a change of the message: a token or a permission is
   * corrected, a server recovers, a rate limit ends. GitHub and GitLab answer 404 for a repository
   * for which the token has no permission. */
  private static final List<Integer> RETRYABLE = List.of(401, 403, 404, 408, 425, 429);

  private final ClientPool clients;
  private final InstantSource clock;
  private final GithubTokens tokens;

  CallbackSender(Clients clients, InstantSource clock) {
    this.clients = new ClientPool(clients);
    this.clock = clock;
    this.tokens = new GithubTokens(clock);
  }

  /// The result of an attempt.
  sealed interface Result {
    /// The target has accepted the message.
    record Told(String answer, String remoteId) implements Result {}

    /// A later attempt may succeed.
    ///
    /// @param after pause that the target requested
    record Later(String reason, Optional<Duration> after, String remoteId) implements Result {
      Later(String reason) {
        this(reason, Optional.empty(), "");
      }
    }

    /// No attempt with this message can succeed.
    record Never(String reason) implements Result {}
  }

  /// Closes the clients of removed targets.
  void retain(List<CallbackTarget> targets) {
    clients.retain(targets.stream().map(CallbackTarget::http).collect(Collectors.toSet()));
  }

  /// Makes one attempt, which ends within about 30 seconds.
  Result send(Callback callback, CallbackTarget target) {
    SecretMask mask = SecretMask.of(target.secrets());
    Result result = exchange(callback, target);
    return switch (result) {
      case Result.Told(String answer, String id) -> new Result.Told(mask.apply(answer), id);
      case Result.Later(String reason, var after, String id) ->
          new Result.Later(mask.apply(reason), after, id);
      case Result.Never(String reason) -> new Result.Never(mask.apply(reason));
    };
  }

  private Result exchange(Callback callback, CallbackTarget target) {
    if (callback.message().path().isEmpty()) {
      return new Result.Never(
          "the deployment was announced without its whole commit id (sha, 40 or 64 hex digits)");
    }
    return switch (target) {
      case CallbackTarget.Grafana grafana -> annotate(callback, grafana);
      case CallbackTarget.Github github -> github(callback, github);
      case CallbackTarget.Gitlab gitlab ->
          byStatus(call(callback, gitlab, post(callback, gitlab)), CallbackSender::isSameAtGitlab);
    };
  }

  private static HttpCall post(Callback callback, CallbackTarget target) {
    return HttpCall.post(target.url() + callback.message().path(), callback.message().body());
  }

  private Outcome call(Callback callback, CallbackTarget target, HttpCall call) {
    return new HttpPoster(clients.client(target.http()), clock)
        .call(call, callback.id(), TIMEOUT, clock.instant().plus(TIMEOUT));
  }

  /// Returns the result of a request by the status of its answer.
  private static Result byStatus(Outcome outcome, Predicate<Outcome.Failed> isAccepted) {
    return switch (outcome) {
      case Outcome.Answered answered -> new Result.Told("HTTP " + answered.status(), "");
      case Outcome.Failed failed when isAccepted.test(failed) ->
          new Result.Told(failed.result().text(), "");
      case Outcome.Failed failed -> refused(failed, "");
    };
  }

  /* Returns whether GitLab refused the status because the commit already has it. */
  private static boolean isSameAtGitlab(Outcome.Failed refused) {
    return refused.status() == 400 && refused.body().contains("Cannot transition status");
  }

  private static Result refused(Outcome.Failed refused, String remoteId) {
    int status = refused.status();
    return status == 0 || status / 100 == 5 || RETRYABLE.contains(status)
        ? later(refused.result(), remoteId)
        : new Result.Never(refused.result().text());
  }

  private static Result later(NotifyResult result, String remoteId) {
    return new Result.Later(
        result.text(),
        result instanceof NotifyResult.Retryable(_, Optional<Duration> after)
            ? after
            : Optional.empty(),
        remoteId);
  }

  private Result github(Callback callback, CallbackTarget.Github target) {
    HttpCall call =
        post(callback, target)
            .withHeader("Accept", GITHUB_JSON)
            .withHeader("X-GitHub-Api-Version", "2022-11-28");
    if (target.app().isPresent()) {
      CallbackTarget.App app = target.app().get();
      try {
        String token = tokens.token(target, app, request -> call(callback, target, request));
        call = call.withHeader("Authorization", "Bearer " + token);
      } catch (IOException e) {
        return new Result.Later(String.valueOf(e.getMessage()));
      }
    }
    Outcome outcome = call(callback, target, call);
    if (outcome instanceof Outcome.Failed refused && refused.status() == 401) {
      target.app().ifPresent(tokens::forget);
    }
    return byStatus(outcome, _ -> false);
  }

  /* If an attempt is repeated because a crash prevented the record of its result, a second POST
   * would create a second annotation. So the annotation is searched first if its id is unknown. */
  private Result annotate(Callback callback, CallbackTarget.Grafana target) {
    String id = callback.remoteId();
    if (id.isEmpty()) {
      Result found = find(callback, target);
      if (!(found instanceof Result.Told(_, String foundId))) {
        return found;
      }
      id = foundId;
    }
    return id.isEmpty() ? create(callback, target) : update(callback, target, id);
  }

  private Result update(Callback callback, CallbackTarget.Grafana target, String id) {
    HttpCall patch =
        new HttpCall(
            "PATCH",
            target.url() + callback.message().path() + "/" + id,
            "application/json",
            callback.message().body(),
            Map.of());
    return switch (call(callback, target, patch)) {
      case Outcome.Answered answered -> new Result.Told("HTTP " + answered.status(), id);
      case Outcome.Failed refused when refused.status() == 404 ->
          // The annotation was deleted: the next attempt creates it again.
          new Result.Later(refused.result().text());
      case Outcome.Failed failed -> refused(failed, id);
    };
  }

  private Result create(Callback callback, CallbackTarget.Grafana target) {
    return switch (call(callback, target, post(callback, target))) {
      case Outcome.Answered(int status, String body) -> {
        String id = SharedMapper.read(body).path("id").asText("");
        yield id.isEmpty()
            ? new Result.Later(
                "HTTP " + status + " without the id of an annotation" + HttpPoster.excerpt(body))
            : new Result.Told("HTTP " + status, id);
      }
      case Outcome.Failed failed -> refused(failed, "");
    };
  }

  /// Searches for the annotation. The id in the result is empty if there is no annotation.
  private Result find(Callback callback, CallbackTarget.Grafana target) {
    String tags =
        CallbackMessages.ownTags(callback.deploymentKey()).stream()
            .map(tag -> "tags=" + URLEncoder.encode(tag, StandardCharsets.UTF_8))
            .collect(Collectors.joining("&"));
    String url = target.url() + "/api/annotations?" + tags + "&type=annotation&limit=1";
    return switch (call(callback, target, HttpCall.get(url))) {
      case Outcome.Answered(int status, String body) -> {
        JsonNode json = SharedMapper.read(body);
        yield json.isArray()
            ? new Result.Told("", json.path(0).path("id").asText(""))
            : new Result.Later(
                "HTTP " + status + " without a list of annotations" + HttpPoster.excerpt(body));
      }
      case Outcome.Failed failed -> refused(failed, "");
    };
  }

  @Override
  public void close() {
    clients.close();
  }
}
