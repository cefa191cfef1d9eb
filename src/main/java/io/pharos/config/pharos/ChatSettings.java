package io.pharos.config.pharos;

import io.pharos.config.http.SecretSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Settings of cards in chats, one message per episode.
///
/// @param receivers the receivers whose messages are cards, where the channel can edit messages
/// @param people names of people, by service and their id in it
/// @param slack the app of Slack whose clicks are received; empty for none
public record ChatSettings(
    Set<String> receivers, Map<String, Map<String, String>> people, Optional<SlackApp> slack) {
  /// Chats whose people can be named.
  public static final List<String> SERVICES = List.of("telegram", "slack", "feishu", "dingtalk");

  /// No cards.
  public static final ChatSettings NONE = new ChatSettings(Set.of(), Map.of(), Optional.empty());

  public ChatSettings {
    receivers = Set.copyOf(receivers);
    people = Map.copyOf(people);
  }

  /// Returns the name of the person with an id in a service; empty if nobody is listed with it.
  public String person(String service, String id) {
    return people.getOrDefault(service, Map.of()).getOrDefault(id, "");
  }

  /// An app of Slack.
  ///
  /// @param token the app-level token (`xapp-…`)
  /// @param apiUrl address of Slack's API, without a slash at the end
  public record SlackApp(SecretSource token, String apiUrl) {}
}
