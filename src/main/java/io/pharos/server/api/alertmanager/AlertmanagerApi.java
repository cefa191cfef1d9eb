package io.pharos.server.api.alertmanager;

import io.pharos.alerting.dispatch.AlertOverview;
import io.pharos.alerting.dispatch.Dispatcher;
import io.pharos.alerting.silence.Silence;
import io.pharos.alerting.silence.Silences;
import io.pharos.config.alertmanager.ReceiverConfig;
import io.pharos.model.LabelMatcher;
import io.pharos.model.Labels;
import io.pharos.model.MatcherParser;
import io.pharos.model.Quoted;
import io.pharos.server.api.JsonValue;
import jakarta.inject.Singleton;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Implements Alertmanager's API v2 without HTTP: maps parameters and bodies to a status and JSON.
@Singleton
final class AlertmanagerApi {
  private static final Pattern UUID =
      Pattern.compile(
          "[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}",
          Pattern.CASE_INSENSITIVE);
  private static final Set<String> TRUE =
      Set.of("true", "1", "yes", "ok", "y", "on", "selected", "checked", "t", "enabled");

  private final Dispatcher dispatcher;
  private final Silences silences;
  private final InstantSource clock;
  private final AlertmanagerIdentity identity;

  AlertmanagerApi(
      Dispatcher dispatcher,
      Silences silences,
      InstantSource clock,
      AlertmanagerIdentity identity) {
    this.dispatcher = dispatcher;
    this.silences = silences;
    this.clock = clock;
    this.identity = identity;
  }

  /// The parameters that select alerts, not parsed yet.
  ///
  /// @param filters matchers; an alert must match all
  /// @param receiver an anchored regular expression for the receiver's name; null for all receivers
  /// @param receiverMatchers matchers for the label `name` of the receiver, which must match all
  /// @param active false excludes the alerts that nothing suppresses
  /// @param muted false excludes the alerts that a time interval mutes
  record AlertQuery(
      List<String> filters,
      @Nullable String receiver,
      List<String> receiverMatchers,
      @Nullable String active,
      @Nullable String silenced,
      @Nullable String inhibited,
      @Nullable String muted) {
    AlertQuery {
      filters = List.copyOf(filters);
      receiverMatchers = List.copyOf(receiverMatchers);
    }
  }

  /// The parameters that select silences by their state, not parsed yet.
  record SilenceStates(
      @Nullable String active, @Nullable String pending, @Nullable String expired) {
    static final SilenceStates ALL = new SilenceStates(null, null, null);

    private boolean shows(Silence.State state) {
      return switch (state) {
        case ACTIVE -> flag(active);
        case PENDING -> flag(pending);
        case EXPIRED -> flag(expired);
      };
    }
  }

  /// Returns the number of alerts in the notifier.
  int size() {
    return dispatcher.size();
  }

  Reply status() {
    return Reply.ok(AlertmanagerJson.status(identity, dispatcher.config().toYaml()));
  }

  Reply receivers(List<String> receiverMatchers) {
    return answer(
        () ->
            AlertmanagerJson.receivers(
                dispatcher.config().receivers().stream()
                    .map(ReceiverConfig::name)
                    .filter(receivers(null, receiverMatchers))
                    .toList()));
  }

  Reply alerts(AlertQuery query) {
    return answer(
        () -> {
          Predicate<AlertOverview.Status> filter = filter(query);
          List<AlertOverview.Status> alerts =
              dispatcher.alerts(receivers(query.receiver(), query.receiverMatchers()));
          return AlertmanagerJson.alerts(alerts.stream().filter(filter).toList());
        });
  }

  Reply groups(AlertQuery query) {
    return answer(
        () -> {
          Predicate<AlertOverview.Status> filter = filter(query);
          boolean showMuted = flag(query.muted());
          return AlertmanagerJson.groups(
              dispatcher.groups(receivers(query.receiver(), query.receiverMatchers())).stream()
                  .map(
                      group ->
                          new AlertOverview.Group(
                              group.labels(),
                              group.receiver(),
                              group.key(),
                              group.alerts().stream()
                                  .filter(alert -> showMuted || alert.mutedBy().isEmpty())
                                  .filter(filter)
                                  .toList()))
                  .filter(group -> !group.alerts().isEmpty())
                  .toList());
        });
  }

  /* Answers 400 if a parameter can't be parsed. */
  private static Reply answer(Supplier<byte[]> json) {
    try {
      return Reply.ok(json.get());
    } catch (IllegalArgumentException e) {
      return Reply.refused(400, String.valueOf(e.getMessage()));
    }
  }

  private static Predicate<AlertOverview.Status> filter(AlertQuery query) {
    List<LabelMatcher> matchers = matchers(query.filters());
    boolean showActive = flag(query.active());
    boolean showSilenced = flag(query.silenced());
    boolean showInhibited = flag(query.inhibited());
    return state ->
        (showActive || !state.silencedBy().isEmpty() || !state.inhibitedBy().isEmpty())
            && (showSilenced || state.silencedBy().isEmpty())
            && (showInhibited || state.inhibitedBy().isEmpty())
            && LabelMatcher.matchesAll(matchers, state.alert().labels());
  }

  private static Predicate<String> receivers(@Nullable String pattern, List<String> matchers) {
    List<LabelMatcher> parsed = matchers(matchers);
    Predicate<String> matching = name -> LabelMatcher.matchesAll(parsed, Labels.of("name", name));
    return pattern == null ? matching : matching.and(matchingName(pattern));
  }

  private static Predicate<String> matchingName(String pattern) {
    try {
      return LabelMatcher.of(LabelMatcher.Type.REGEX, "receiver", pattern, false)::matches;
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("failed to parse receiver param: " + e.getMessage(), e);
    }
  }

  private static List<LabelMatcher> matchers(List<String> filters) {
    return filters.stream().map(MatcherParser::parseMatcher).toList();
  }

  /// Parses a boolean as Alertmanager's framework does. Returns true if the boolean is absent, and
  /// false for an unknown text.
  private static boolean flag(@Nullable String text) {
    return text == null || TRUE.contains(text.toLowerCase(Locale.ROOT));
  }

  /// @param contentType the header `Content-Type`; null if absent
  Reply postAlerts(byte[] body, @Nullable String contentType) {
    AlertmanagerPost.Alerts posted;
    try {
      AlertmanagerPost.checkContentType(body, contentType);
      posted = AlertmanagerPost.alerts(body);
    } catch (AlertmanagerPost.Refusal refusal) {
      return refusal.reply;
    }
    Dispatcher.AcceptResult result = dispatcher.accept(posted.alerts());
    dispatcher.refuse(posted.errors().size());
    var errors = new ArrayList<>(posted.errors());
    errors.addAll(result.errors());
    return errors.isEmpty()
        ? Reply.OK
        : Reply.refused(result.withoutRoom() > 0 ? 429 : 400, String.join("; ", errors));
  }

  /// Lists the silences that have a matcher for each of the filters.
  Reply silences(List<String> filters, SilenceStates states) {
    Instant now = clock.instant();
    return answer(
        () ->
            AlertmanagerJson.silences(
                silences.containing(matchers(filters)).stream()
                    .filter(silence -> states.shows(silence.state(now)))
                    .toList(),
                now));
  }

  /// @param contentType the header `Content-Type`; null if absent
  Reply postSilence(byte[] body, @Nullable String contentType) {
    Silence requested;
    try {
      AlertmanagerPost.checkContentType(body, contentType);
      requested = AlertmanagerPost.silence(body);
    } catch (AlertmanagerPost.Refusal refusal) {
      return refusal.reply;
    } catch (IllegalArgumentException e) {
      return Reply.refused(400, "invalid silence: " + e.getMessage());
    }
    Instant now = clock.instant();
    if (!requested.startsAt().isBefore(requested.endsAt())) {
      return Reply.refused(400, "Failed to create silence: start time must be before end time");
    }
    if (requested.endsAt().isBefore(now)) {
      return Reply.refused(400, "Failed to create silence: end time can't be in the past");
    }
    return switch (silences.set(requested)) {
      case Silences.SetOutcome.Stored(String id) ->
          Reply.ok(AlertmanagerJson.write(JsonValue.object("silenceID", id)));
      case Silences.SetOutcome.NotFound _ -> Reply.refused(404, "silence not found");
      case Silences.SetOutcome.Full(String message) -> Reply.refused(429, message);
      case Silences.SetOutcome.Invalid(String message) -> Reply.refused(400, message);
    };
  }

  Reply silence(String id) {
    if (!UUID.matcher(id).matches()) {
      return notUuid(id);
    }
    return silences
        .get(id)
        .map(found -> Reply.ok(AlertmanagerJson.silence(found, clock.instant())))
        .orElse(Reply.NOT_FOUND);
  }

  Reply expireSilence(String id) {
    if (!UUID.matcher(id).matches()) {
      return notUuid(id);
    }
    return silences.expire(id).isPresent() ? Reply.OK : Reply.NOT_FOUND;
  }

  private static Reply notUuid(String id) {
    return Reply.invalid(422, 601, "silenceID in path must be of type uuid: " + Quoted.of(id));
  }

  /// An answer of the Alertmanager API.
  ///
  /// @param json the body; empty for an answer without a body
  public record Reply(int status, byte[] json) {
    static final Reply OK = new Reply(200, new byte[0]);
    static final Reply NOT_FOUND = new Reply(404, new byte[0]);

    /// Creates a successful answer.
    public static Reply ok(byte[] json) {
      return new Reply(200, json);
    }

    /// Creates an error as Alertmanager's handlers answer it: the message as a JSON string.
    static Reply refused(int status, String message) {
      return new Reply(status, AlertmanagerJson.write(message));
    }

    /// Creates an error as the framework below Alertmanager's handlers answers it to a body that
    /// violates the schema.
    ///
    /// @param code the framework's code, such as 602 for a missing field
    static Reply invalid(int status, int code, String message) {
      return new Reply(status, AlertmanagerJson.error(code, message));
    }

    String text() {
      return new String(json, StandardCharsets.UTF_8);
    }
  }
}
