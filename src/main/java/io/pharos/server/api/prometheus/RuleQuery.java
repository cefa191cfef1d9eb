package io.pharos.server.api.prometheus;

import io.pharos.model.LabelMatcher;
import io.pharos.model.Quoted;
import io.pharos.rules.GroupSnapshot;
import io.pharos.rules.RuleSnapshot;
import io.pharos.server.api.ApiException;
import io.pharos.server.api.Parameters;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// The parameters of `rules`.
///
/// @param type `alert`, `record`, or empty for both
/// @param selectors a rule's labels must match one of them; empty for all rules
/// @param groupLimit maximum number of groups per page; 0 for all
/// @param nextToken token of the first group; empty for the first page
record RuleQuery(
    String type,
    List<String> names,
    List<String> groups,
    List<String> files,
    List<List<LabelMatcher>> selectors,
    boolean alerts,
    int groupLimit,
    String nextToken) {

  private static final Comparator<GroupSnapshot> ORDER =
      Comparator.comparing(GroupSnapshot::file).thenComparing(GroupSnapshot::name);

  /// A group with its selected rules.
  record Selected(GroupSnapshot group, List<RuleSnapshot> rules) {}

  /// One page of groups.
  ///
  /// @param nextToken token of the next page; empty if this is the last
  record Page(List<Selected> groups, String nextToken) {}

  static RuleQuery of(Parameters parameters) {
    String type = parameters.get("type").orElse("").toLowerCase(Locale.ROOT);
    if (!List.of("", "alert", "record").contains(type)) {
      throw ApiException.invalidParameter("type", "not supported value " + Quoted.of(type));
    }
    String token = parameters.get("group_next_token").orElse("");
    int limit = parameters.get("group_limit").map(RuleQuery::limit).orElse(0);
    if (!token.isEmpty() && limit == 0) {
      throw ApiException.invalidParameter(
          "group_next_token",
          "group_limit needs to be present in order to paginate over the groups");
    }
    return new RuleQuery(
        type,
        parameters.all("rule_name[]"),
        parameters.all("rule_group[]"),
        parameters.all("file[]"),
        parameters.selectors(),
        !parameters.isOn("exclude_alerts"),
        limit,
        token);
  }

  private static int limit(String text) {
    int limit;
    try {
      limit = Integer.parseInt(text);
    } catch (NumberFormatException _) {
      throw ApiException.invalidParameter(
          "group_limit", "group_limit needs to be a valid number, found " + Quoted.of(text));
    }
    if (limit <= 0) {
      throw ApiException.invalidParameter("group_limit", "group_limit needs to be greater than 0");
    }
    return limit;
  }

  /// Returns the page of these groups, sorted by file and name.
  Page page(List<GroupSnapshot> all) {
    var page = new ArrayList<Selected>();
    boolean started = nextToken.isEmpty();
    for (GroupSnapshot group : all.stream().sorted(ORDER).toList()) {
      started = started || nextToken.equals(token(group));
      List<RuleSnapshot> selected = started ? select(group) : List.of();
      if (!selected.isEmpty()) {
        if (groupLimit > 0 && page.size() == groupLimit) {
          return new Page(page, token(group));
        }
        page.add(new Selected(group, selected));
      }
    }
    if (!started) {
      throw ApiException.invalidParameter(
          "group_next_token",
          "invalid group_next_token '" + nextToken + "'. were rule groups changed?");
    }
    return new Page(page, "");
  }

  private List<RuleSnapshot> select(GroupSnapshot group) {
    if (!(groups.isEmpty() || groups.contains(group.name()))
        || !(files.isEmpty() || files.contains(group.file()))) {
      return List.of();
    }
    return group.rules().stream()
        .filter(rule -> type.isEmpty() || type.equals(type(rule)))
        .filter(rule -> names.isEmpty() || names.contains(rule.name()))
        .filter(
            rule -> selectors.isEmpty() || selectors.stream().anyMatch(one -> matches(one, rule)))
        .toList();
  }

  private static String type(RuleSnapshot rule) {
    return switch (rule) {
      case RuleSnapshot.Alerting _ -> "alert";
      case RuleSnapshot.Recording _ -> "record";
    };
  }

  /* The labels as in the rule file, with templates. */
  private static boolean matches(List<LabelMatcher> selector, RuleSnapshot rule) {
    Map<String, String> labels = rule.labels();
    return selector.stream()
        .allMatch(matcher -> matcher.matches(labels.getOrDefault(matcher.name(), "")));
  }

  /* The same token as Prometheus', so that clients can switch between the servers. */
  private static String token(GroupSnapshot group) {
    try {
      byte[] text = (group.file() + ";" + group.name()).getBytes(StandardCharsets.UTF_8);
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-1").digest(text));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-1", e);
    }
  }
}
