package io.pharos.config.alertmanager;

import io.pharos.config.pharos.AcknowledgementRules;
import io.pharos.config.pharos.ChatSettings;
import io.pharos.config.pharos.DeliverySettings;
import io.pharos.config.pharos.FlapRule;
import io.pharos.config.pharos.HysteresisReader;
import io.pharos.config.pharos.HysteresisRule;
import io.pharos.config.pharos.MessageSettings;
import io.pharos.config.pharos.OutboundHeartbeat;
import io.pharos.config.pharos.RateLimit;
import io.pharos.config.pharos.YamlMatchers;
import io.pharos.config.yaml.Suggestion;
import io.pharos.config.yaml.YamlMap;
import io.pharos.config.yaml.YamlValue;
import io.pharos.model.LabelMatcher;
import io.pharos.model.MatcherParser;
import io.pharos.model.Quoted;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Reads `pharos.yml` (docs/format/pharos-yml.md), and adds its settings to the receivers with the
/// same names.
final class PharosFileReader {
  private static final List<String> UNSUPPORTED =
      List.of("maintenance_windows", "escalation", "rate_limits");
  private static final List<String> UNSUPPORTED_IN_RECEIVER = List.of("escalation");

  private final ReceiverReader integrations;
  private final AlertmanagerConfig config;
  private final Map<String, Boolean> closing = new HashMap<>();
  private final Map<String, String> fallbacks = new HashMap<>();
  private final Map<String, RateLimit> limits = new HashMap<>();
  private final Map<String, Integer> people = new HashMap<>();
  private final Set<String> cards = new HashSet<>();
  private final Path folder;

  PharosFileReader(Path folder, AlertmanagerConfig config) {
    this.integrations = new ReceiverReader(folder, config.global());
    this.config = config;
    this.folder = folder;
  }

  AlertmanagerConfig read(YamlMap file) {
    refuse(file, UNSUPPORTED);
    var voice = voice(file, MessageSettings.Voice.STANDARD);
    var voices = new HashMap<String, MessageSettings.Voice>();
    var receivers = new ArrayList<>(config.receivers());
    var names = new HashSet<String>();
    List<LabelMatcher> urgent = urgent(file);
    for (YamlValue value : file.items("receivers")) {
      YamlMap map = value.asMap();
      YamlValue name = map.require("name");
      int index = indexOf(receivers, name);
      if (!names.add(name.asString())) {
        throw name.error("the receiver " + Quoted.of(name.asString()) + " is given twice");
      }
      voices.put(name.asString(), voice(map, voice));
      map.get("close_what_we_opened")
          .ifPresent(close -> closing.put(name.asString(), close.asBoolean()));
      receivers.set(index, extend(receivers.get(index), map));
    }
    ChatSettings chat =
        file.get("chat")
            .map(it -> ChatReader.read(it, folder, cards))
            .orElse(new ChatSettings(cards, Map.of(), Optional.empty()));
    var inhibitRules = new ArrayList<>(config.inhibitRules());
    inhibitRules.addAll(file.list("inhibit_rules", PharosFileReader::inhibitRule));
    List<FlapRule> flapping = file.list("flapping", PharosFileReader::flapRule);
    AcknowledgementRules acknowledgements = acknowledgements(file);
    List<OutboundHeartbeat> heartbeats = heartbeats(file);
    List<HysteresisRule> hysteresis = HysteresisReader.list(file);
    file.finish();
    var messages = new MessageSettings(MessageSettings.Defaults.PHAROS, voice, voices);
    return config.with(
        receivers,
        inhibitRules,
        messages,
        new DeliverySettings(
            closing, fallbacks, limits, urgent, flapping, acknowledgements, heartbeats, hysteresis),
        chat);
  }

  /// Returns an inhibition rule that still mutes after its source has ended. Both lists of matchers
  /// are required, unlike in Alertmanager: without one of them the rule would mute all alerts for
  /// hours.
  private static InhibitRule inhibitRule(YamlValue value) {
    YamlMap map = value.asMap();
    List<LabelMatcher> source = YamlMatchers.require(map, "source_matchers");
    List<LabelMatcher> target = YamlMatchers.require(map, "target_matchers");
    Duration outlasts = map.require("outlasts").asDuration();
    if (outlasts.isZero() || outlasts.compareTo(InhibitRule.MAX_OUTLASTS) > 0) {
      throw map.require("outlasts")
          .error(
              "expected a duration above 0, at most 1d; a rule that ends with its source belongs in"
                  + " alertmanager.yml");
    }
    return map.finished(
        new InhibitRule(map.string("name", ""), source, target, map.strings("equal"), outlasts));
  }

  private static FlapRule flapRule(YamlValue value) {
    YamlMap map = value.asMap();
    return map.finished(
        new FlapRule(
            YamlMatchers.require(map, "matchers"),
            map.integer("changes", 4, 2, FlapRule.MAX_CHANGES),
            map.duration("within", "1h", "1m", "1d"),
            map.duration("hold", "15m", "1m", "1d")));
  }

  private List<OutboundHeartbeat> heartbeats(YamlMap file) {
    var names = new HashSet<String>();
    List<OutboundHeartbeat> all = file.list("heartbeats", value -> heartbeat(value, names));
    if (all.size() > OutboundHeartbeat.MAX) {
      throw file.require("heartbeats")
          .error(
              "expected at most %d heartbeats, found %d"
                  .formatted(OutboundHeartbeat.MAX, all.size()));
    }
    return all;
  }

  private OutboundHeartbeat heartbeat(YamlValue value, Set<String> names) {
    YamlMap map = value.asMap();
    var keys = new KeyReader(map, folder, config.global().http());
    YamlValue name = map.require("name");
    if (!names.add(name.asString())) {
      throw name.error("the heartbeat " + Quoted.of(name.asString()) + " is given twice");
    }
    String method = map.string("method", "POST");
    if (!OutboundHeartbeat.METHODS.contains(method)) {
      throw map.require("method")
          .error("expected one of " + OutboundHeartbeat.METHODS + ", found " + Quoted.of(method));
    }
    try {
      return map.finished(
          new OutboundHeartbeat(
              name.asString(),
              keys.requiredSecretUrl("url"),
              keys.secretUrl("fail_url"),
              method,
              map.duration("interval", "1m", "10s", "1d"),
              map.duration("timeout", "10s", "1s", "1m"),
              keys.http()));
    } catch (IllegalArgumentException e) {
      throw name.error(String.valueOf(e.getMessage()));
    }
  }

  private AcknowledgementRules acknowledgements(YamlMap file) {
    Optional<YamlMap> map = file.get("acknowledgements").map(YamlValue::asMap);
    Optional<Duration> answerWithin =
        map.map(it -> it.duration("answer_within", "15m", "1m", "1d"));
    Optional<Duration> askAfter =
        map.filter(it -> it.get("ask_after").isPresent())
            .map(it -> it.duration("ask_after", "4h", "5m", "30d"));
    map.ifPresent(YamlMap::finish);
    return new AcknowledgementRules(askAfter, answerWithin, people);
  }

  private static MessageSettings.Voice voice(YamlMap map, MessageSettings.Voice inherited) {
    String language = map.get("language").map(PharosFileReader::language).orElse("");
    ZoneId zone =
        map.get("timezone")
            .map(value -> value.parse("a time zone such as Asia/Shanghai", PharosFileReader::zone))
            .orElse(inherited.zone());
    return new MessageSettings.Voice(language.isEmpty() ? inherited.language() : language, zone);
  }

  private static ZoneId zone(String text) {
    try {
      return ZoneId.of(text);
    } catch (DateTimeException e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    }
  }

  private static String language(YamlValue value) {
    if (!MessageSettings.Voice.LANGUAGES.contains(value.asString())) {
      throw value.error(
          "expected one of "
              + MessageSettings.Voice.LANGUAGES
              + ", found "
              + Quoted.of(value.asString())
              + Suggestion.of(value.asString(), MessageSettings.Voice.LANGUAGES));
    }
    return value.asString();
  }

  private static List<LabelMatcher> urgent(YamlMap file) {
    List<LabelMatcher> urgent =
        file.list(
            "urgent_matchers",
            value ->
                value.parse(
                    "a matcher such as severity=\"critical\"", MatcherParser::parseMatcher));
    return urgent.isEmpty() ? DeliverySettings.STANDARD.urgent() : urgent;
  }

  private static int indexOf(List<ReceiverConfig> receivers, YamlValue name) {
    for (int i = 0; i < receivers.size(); i++) {
      if (receivers.get(i).name().equals(name.asString())) {
        return i;
      }
    }
    throw name.error(
        "no receiver "
            + Quoted.of(name.asString())
            + " in alertmanager.yml"
            + Suggestion.of(name.asString(), receivers.stream().map(ReceiverConfig::name).toList())
            + ", expected one of "
            + receivers.stream().map(ReceiverConfig::name).sorted().map(Quoted::of).toList());
  }

  private ReceiverConfig extend(ReceiverConfig receiver, YamlMap map) {
    refuse(map, UNSUPPORTED_IN_RECEIVER);
    ReceiverConfig extended = receiver.with(integrations.integrations(map, true));
    map.get("fallback")
        .ifPresent(value -> fallbacks.put(receiver.name(), fallback(receiver.name(), value)));
    map.get("rate_limits").ifPresent(value -> limits.put(receiver.name(), limit(extended, value)));
    if (map.get("people_required").isPresent()) {
      people.put(
          receiver.name(), map.integer("people_required", 1, 1, AcknowledgementRules.MAX_PEOPLE));
    }
    map.get("cards").filter(YamlValue::asBoolean).ifPresent(value -> addCards(extended, value));
    map.finish();
    return extended;
  }

  private void addCards(ReceiverConfig receiver, YamlValue value) {
    if (receiver.integrations().stream().noneMatch(IntegrationConfig::canEdit)) {
      throw value.error(
          "the receiver "
              + Quoted.of(receiver.name())
              + " has no integration that can edit messages, expected telegram_configs, or"
              + " slack_configs with app_token");
    }
    cards.add(receiver.name());
  }

  private String fallback(String receiver, YamlValue name) {
    indexOf(config.receivers(), name);
    if (name.asString().equals(receiver)) {
      throw name.error("a receiver can't be its own fallback, expected another receiver");
    }
    return name.asString();
  }

  private static RateLimit limit(ReceiverConfig receiver, YamlValue value) {
    for (IntegrationConfig integration : receiver.integrations()) {
      if (integration.kind().opensIncidents()) {
        throw value.error(
            "a receiver with "
                + integration.type()
                + "_configs can't have a rate limit: an incident belongs to one group of alerts");
      }
    }
    YamlMap map = value.asMap();
    int messages = map.require("messages").parse("a number", Integer::valueOf);
    Duration per = map.duration("per", Duration.ofMinutes(1));
    map.finish();
    try {
      return new RateLimit(messages, per);
    } catch (IllegalArgumentException e) {
      throw value.error(String.valueOf(e.getMessage()));
    }
  }

  private static void refuse(YamlMap map, List<String> keys) {
    keys.forEach(key -> map.unsupported(key, "remove the key"));
  }
}
