package io.pharos.server.web.release;

import io.pharos.gate.EffectiveVerdict;
import io.pharos.gate.GateAnswers;
import io.pharos.gate.GateFact;
import io.pharos.gate.GateHistory;
import io.pharos.gate.GateOverride;
import io.pharos.gate.GateState;
import io.pharos.server.web.design.PageText;
import io.pharos.server.web.design.PageTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// What a gate decided in the course of time, and what it answers to callers meanwhile.
final class GateCourse {
  private GateCourse() {}

  /// Evaluations in a row with the same result.
  ///
  /// @param css class of the state
  /// @param word the state
  /// @param code the reason as a code; empty for a person's decision
  /// @param answer the status of `require-pass`
  /// @param count number of evaluations; 0 if it was no evaluation
  record Span(
      PageTime from, String css, String word, String code, String answer, int count, String why) {}

  /// What one caller was told, over the API.
  ///
  /// @param times number of requests
  record Answer(String by, String answer, PageTime first, PageTime last, int times) {}

  /// Returns the answers, the newest first.
  static List<Answer> answers(List<GateAnswers.Told> told, Instant now) {
    return told.reversed().stream()
        .map(
            it ->
                new Answer(
                    PageText.of(it.by()),
                    answer(it.outcome()),
                    PageTime.of(it.first(), now),
                    PageTime.of(it.last(), now),
                    it.times()))
        .toList();
  }

  /// Returns the spans, the oldest first.
  ///
  /// @param facts in order; none if an earlier version opened the gate
  static List<Span> of(List<GateFact> facts, EffectiveVerdict effective, Instant now) {
    var spans = new ArrayList<Span>();
    Iterator<GateOverride> overrides = effective.overrides().iterator();
    boolean overridden = false;
    for (GateFact fact : facts) {
      if (fact.kind().equals(GateFact.OVERRIDDEN)) {
        if (overrides.hasNext()) {
          spans.add(override(overrides.next(), now));
          overridden = true;
        }
      } else {
        Map<String, String> standing = GateHistory.standing(fact);
        if (!standing.isEmpty()) {
          add(spans, fact, standing, overridden, now);
        }
      }
    }
    Instant expired = effective.expiresAt();
    if (effective.expired() && expired != null) {
      spans.add(
          new Span(
              PageTime.of(expired, now),
              "inconclusive",
              "expired",
              "EXPIRED",
              answer(GateState.INCONCLUSIVE),
              0,
              "The pass is no longer valid."));
    }
    return List.copyOf(spans);
  }

  private static void add(
      List<Span> spans,
      GateFact fact,
      Map<String, String> standing,
      boolean overridden,
      Instant now) {
    String state = standing.getOrDefault("state", "");
    String code = standing.getOrDefault("code", "");
    String why = PageText.of(standing.getOrDefault("summary", ""));
    int count = fact.kind().equals(GateFact.OBSERVED) ? 1 : 0;
    if (!spans.isEmpty()
        && spans.getLast().code().equals(code)
        && spans.getLast().word().equals(state)) {
      Span last = spans.removeLast();
      spans.add(
          new Span(
              last.from(),
              last.css(),
              last.word(),
              last.code(),
              last.answer(),
              last.count() + count,
              why));
      return;
    }
    spans.add(
        new Span(
            PageTime.of(fact.at(), now),
            css(state),
            state,
            code,
            overridden ? "that of the override" : answer(state),
            count,
            why));
  }

  private static Span override(GateOverride made, Instant now) {
    return new Span(
        PageTime.of(made.at(), now),
        "overridden",
        "overridden to " + made.outcome(),
        "",
        answer(made.outcome()),
        0,
        PageText.of(made.by()) + ": " + made.reason());
  }

  private static String css(String state) {
    return switch (state) {
      case "PASS", "FAIL", "INCONCLUSIVE", "RUNNING" -> state.toLowerCase(Locale.ROOT);
      default -> "unknown";
    };
  }

  private static String answer(String state) {
    for (GateState known : GateState.values()) {
      if (known.name().equals(state)) {
        return answer(known);
      }
    }
    return "unknown";
  }

  private static String answer(GateState state) {
    return switch (state) {
      case PASS -> "200, continue";
      case FAIL -> "409, stop";
      case INCONCLUSIVE -> "425, no verdict";
      case RUNNING -> "408, ask again";
    };
  }
}
