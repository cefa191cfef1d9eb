package io.pharos.rollout;

import io.pharos.config.yaml.YamlFile;
import io.pharos.config.yaml.YamlMap;
import io.pharos.config.yaml.YamlValue;
import io.pharos.gate.deployment.PolicySet;
import io.pharos.model.PromDuration;
import io.pharos.model.Sha256;
import io.pharos.rollout.RolloutPolicy.Kind;
import io.pharos.rollout.RolloutPolicy.OnInconclusive;
import io.pharos.rollout.RolloutPolicy.Stage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Reads one file of rollout policies and refuses unknown keys.
final class RolloutPolicies {
  private static final int MAX_STEPS = 20;
  private static final List<Integer> CANARY = List.of(5, 25, 50, 100);
  /* With all traffic, nothing could be compared with the old version. */
  private static final List<Integer> BLUE_GREEN = List.of(0, 50);

  private RolloutPolicies() {}

  static List<RolloutPolicy> parse(String file, String id, String text) {
    YamlMap map = YamlFile.parse(file, text);
    String version = map.require("version").asString();
    String service = map.require("service").asString();
    List<String> envs = PolicySet.envs(map);
    Kind strategy =
        map.require("strategy").parse("one of canary, blue-green, rolling", Kind::parse);
    List<String> servers = servers(map, strategy);
    List<Stage> steps = steps(map, strategy, servers.size());
    boolean shortWatch = map.bool("short_watch", false);
    Duration watch = map.duration("watch", "15m", shortWatch ? "1s" : "10m", "30m");
    map.get("on_fail").ifPresent(value -> value.parse("return", RolloutPolicies::onFail));
    OnInconclusive onInconclusive =
        map.get("on_inconclusive")
            .map(value -> value.parse("one of hold, return", RolloutPolicies::onInconclusive))
            .orElse(OnInconclusive.HOLD);
    Set<Integer> approve = approve(map, steps);
    Duration startWithin = map.duration("start_within", "5m", "1s", "1h");
    Duration lease = map.duration("lease", PromDuration.format(RolloutSite.LEASE), "2s", "1m");
    Duration drain = map.duration("drain", "10s", "0s", "10m");
    map.finish();
    String hash = Sha256.hex(text);
    return envs.stream()
        .map(
            env ->
                new RolloutPolicy(
                    id,
                    version,
                    hash,
                    text,
                    service,
                    env,
                    strategy,
                    servers,
                    steps,
                    watch,
                    onInconclusive,
                    approve,
                    startWithin,
                    lease,
                    drain))
        .toList();
  }

  private static String onFail(String text) {
    if (!text.equals("return")) {
      throw new IllegalArgumentException(
          "expected return: after a failure the previous release always gets the traffic back");
    }
    return text;
  }

  private static OnInconclusive onInconclusive(String text) {
    return switch (text) {
      case "hold" -> OnInconclusive.HOLD;
      case "return" -> OnInconclusive.RETURN;
      default -> throw new IllegalArgumentException("not one of them");
    };
  }

  private static List<String> servers(YamlMap map, Kind strategy) {
    Optional<YamlValue> value = map.get("servers");
    if (value.isEmpty()) {
      if (strategy == Kind.ROLLING) {
        throw map.error(
            "the key \"servers\" is missing, expected the servers that rolling replaces");
      }
      return List.of("blue", "green");
    }
    List<String> servers =
        value.get().asList().stream()
            .map(
                item ->
                    item.parse("the name of a server at the load balancer", DesiredServers::name))
            .toList();
    int maxServers = strategy == Kind.ROLLING ? DesiredServers.MAX_SERVERS : 2;
    if (servers.size() < 2 || servers.size() > maxServers) {
      throw value
          .get()
          .error(
              "expected "
                  + (maxServers == 2 ? "two servers" : "2 to " + maxServers + " servers")
                  + ", found "
                  + servers.size());
    }
    if (new HashSet<>(servers).size() < servers.size()) {
      throw value.get().error("expected different servers, found a server twice");
    }
    return servers;
  }

  private static List<Stage> steps(YamlMap map, Kind strategy, int servers) {
    Optional<YamlValue> value = map.get("steps");
    if (value.isEmpty()) {
      return stages(
          switch (strategy) {
            case CANARY -> CANARY;
            case BLUE_GREEN -> BLUE_GREEN;
            case ROLLING -> oneByOne(servers);
          });
    }
    List<YamlValue> items = value.get().asList();
    if (items.isEmpty() || items.size() > MAX_STEPS) {
      throw value.get().error("expected 1 to " + MAX_STEPS + " steps, found " + items.size());
    }
    var stages = new ArrayList<Stage>();
    for (int i = 0; i < items.size(); i++) {
      YamlMap item = items.get(i).asMap();
      boolean last = i == items.size() - 1;
      item.require("weight");
      int weight = item.integer("weight", 0, 0, 100);
      if (!stages.isEmpty() && weight <= stages.getLast().weight()) {
        throw item.require("weight")
            .error(
                "expected more than the weight %d of the previous step, found %d"
                    .formatted(stages.getLast().weight(), weight));
      }
      int least = strategy.leastLastWeight();
      if (last && weight < least) {
        throw item.require("weight")
            .error(
                "expected %s for the last step, found %d"
                    .formatted(least == 100 ? "100" : least + " to 100", weight));
      }
      if (strategy == Kind.ROLLING) {
        requireBatch(item, stages.isEmpty() ? 0 : stages.getLast().weight(), weight, servers);
      }
      stages.add(
          new Stage(
              weight,
              item.bool("gate", !last && isJudged(weight)),
              item.duration("soak", "0s", "0s", "6h")));
      item.finish();
    }
    return stages;
  }

  /* A batch must not contain all servers, because the others serve while it is replaced; and it
   * must not be empty. */
  private static void requireBatch(YamlMap item, int before, int weight, int servers) {
    int batch = TrafficPlan.share(servers, weight) - TrafficPlan.share(servers, before);
    if (batch == 0 || batch == servers) {
      throw item.require("weight")
          .error(
              "expected a weight that replaces at least one of the %d servers, but not all, found %d"
                  .formatted(servers, weight));
    }
  }

  /// Returns a step for each weight.
  private static List<Stage> stages(List<Integer> weights) {
    return weights.stream()
        .map(
            weight ->
                new Stage(
                    weight, !weight.equals(weights.getLast()) && isJudged(weight), Duration.ZERO))
        .toList();
  }

  /// Returns whether a step has a gate unless the file says otherwise. Without traffic a gate could
  /// count no request; the step with all traffic is judged while it is watched.
  private static boolean isJudged(int weight) {
    return weight > 0 && weight < 100;
  }

  /// Returns weights with which each step replaces one server; equal shares if there are more
  /// servers than [#MAX_STEPS].
  private static List<Integer> oneByOne(int servers) {
    var weights = new ArrayList<Integer>();
    int steps = Math.min(servers, MAX_STEPS);
    for (int step = 1; step <= steps; step++) {
      weights.add(100 * step / steps);
    }
    return weights;
  }

  private static Set<Integer> approve(YamlMap map, List<Stage> steps) {
    var weights = new HashSet<Integer>();
    for (YamlValue item : map.get("approve").map(YamlValue::asList).orElse(List.of())) {
      int weight = item.asInt();
      if (steps.stream().noneMatch(step -> step.weight() == weight)) {
        throw item.error(
            "expected the weight of a step, one of "
                + steps.stream().map(step -> String.valueOf(step.weight())).toList()
                + ", found "
                + weight);
      }
      weights.add(weight);
    }
    return weights;
  }
}
