package io.pharos.server.web.routing;

import io.pharos.server.web.design.PageTime;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A receiver on the page of routing.
///
/// @param name the name as configured, for the form that sends a test
/// @param shown the name for readers
/// @param ledger address of its deliveries
/// @param use how many routes lead to it, and what happens if it does not answer
/// @param isTested whether a test message was just sent
record ReceiverRow(
    String anchor,
    String name,
    String shown,
    String ledger,
    String use,
    boolean isUsed,
    boolean isTested,
    List<IntegrationRow> integrations) {
  ReceiverRow {
    integrations = List.copyOf(integrations);
  }

  /// An integration with its last answer.
  ///
  /// @param addressee recipient within the service, such as a channel; may be empty
  /// @param state `sent`, `failed`, `retrying`, `unknown`, `unconfigured` or `idle`
  /// @param note what the state means if there is no answer
  /// @param at when the last message was answered, or decided if it has no answer; null without one
  /// @param reason why the last message was sent
  /// @param trouble failures of the last day and waiting deliveries; empty if there are none
  record IntegrationRow(
      String name,
      String addressee,
      String state,
      String note,
      @Nullable PageTime at,
      String reason,
      String answer,
      String attempts,
      String trouble) {
    /// Returns the class of the state in the style sheet.
    public String look() {
      return switch (state) {
        case "unconfigured" -> "failed";
        case "idle" -> "none";
        default -> state;
      };
    }

    /// Returns the state in words.
    public String word() {
      return switch (state) {
        case "sent" -> "answers";
        case "retrying" -> "does not answer";
        case "unconfigured" -> "not configured";
        case "idle" -> "not tried";
        default -> state;
      };
    }

    /// Whether the last message was not answered, or none can be sent.
    public boolean isFailing() {
      return switch (state) {
        case "failed", "retrying", "unconfigured" -> true;
        default -> false;
      };
    }
  }
}
