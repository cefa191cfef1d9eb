package io.pharos.config.alertmanager;

import io.pharos.config.http.SecretReader;
import io.pharos.config.http.SecretSource;
import io.pharos.config.http.UrlReader;
import io.pharos.config.pharos.ChatSettings;
import io.pharos.config.pharos.ChatSettings.SlackApp;
import io.pharos.config.yaml.YamlMap;
import io.pharos.config.yaml.YamlValue;
import io.pharos.model.Quoted;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Reads the section `chat` of `pharos.yml`.
final class ChatReader {
  private ChatReader() {}

  /// @param cards the receivers whose messages are cards
  static ChatSettings read(YamlValue section, Path folder, Set<String> cards) {
    YamlMap map = section.asMap();
    if (cards.isEmpty()) {
      throw section.error("no receiver has cards, expected cards: true in one of the receivers");
    }
    var people = new HashMap<String, Map<String, String>>();
    map.items("people").forEach(person -> addPerson(person, people));
    Optional<SlackApp> slack = map.get("slack").map(value -> slack(value.asMap(), folder));
    return map.finished(new ChatSettings(cards, people, slack));
  }

  private static SlackApp slack(YamlMap map, Path folder) {
    SecretSource token = new SecretReader(folder).read(map, "socket_token");
    if (!token.isSet()) {
      throw map.error("one of socket_token or socket_token_file must be given");
    }
    return map.finished(
        new SlackApp(token, UrlReader.read(map, "api_url", "https://slack.com/api")));
  }

  private static void addPerson(YamlValue value, Map<String, Map<String, String>> people) {
    YamlMap map = value.asMap();
    String name = map.require("name").asString();
    boolean isReachable = false;
    for (String service : ChatSettings.SERVICES) {
      String id = map.string(service, "");
      if (id.isEmpty()) {
        continue;
      }
      isReachable = true;
      String other = people.computeIfAbsent(service, _ -> new HashMap<>()).put(id, name);
      if (other != null) {
        throw map.require(service)
            .error("the id " + Quoted.of(id) + " is that of " + Quoted.of(other) + " already");
      }
    }
    map.finish();
    if (!isReachable) {
      throw value.error("expected an id in at least one of " + ChatSettings.SERVICES);
    }
  }
}
