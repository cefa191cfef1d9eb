package io.pharos.cli.check;

import static io.pharos.cli.check.WrongEditMaker.TESTS;

import io.pharos.cli.check.WrongEditMaker.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import java.util.random.RandomGenerator;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/// The kinds of mistakes that [WrongEditMaker] makes.
final class WrongEditKinds {
  private static final String RULES = "alert-rules/(pharos/)?[a-z-]+\\.yml";
  private static final String NOTIFY = "notifications/alertmanager\\.yml";
  private static final String PROMETHEUS = "prometheus/prometheus\\.yml";
  private static final String TARGETS = "prometheus/targets/[a-z-]+\\.json";
  private static final String PROBES = "probes/[a-z]+\\.yml";
  private static final String GATES = "gates/[a-z-]+\\.yml";
  private static final String ROLLOUTS = "deploy/rollouts/[a-z-]+\\.yml";
  private static final String SLOS = "slos/[a-z-]+\\.yml";
  private static final String BOARDS = "dashboards/[a-z-]+\\.json";
  private static final String METRIC = "(?<![\\w\"$.:{/-])([a-z][a-z0-9]*_[a-z0-9_]+)(?=\\{|\\[)";

  /// All kinds.
  static final List<Kind> ALL = kinds();

  private WrongEditKinds() {}

  /// Misspells a word: a letter is left out, doubled or changed, or two letters are swapped.
  static String misspelt(RandomGenerator random, String word) {
    for (int attempt = 0; attempt < 50; attempt++) {
      int at = 1 + random.nextInt(Math.max(1, word.length() - 1));
      if (at >= word.length() || !Character.isLetter(word.charAt(at))) {
        continue;
      }
      String head = word.substring(0, at);
      String tail = word.substring(at + 1);
      char letter = word.charAt(at);
      String result =
          switch (random.nextInt(4)) {
            case 0 -> head + tail;
            case 1 -> head + letter + letter + tail;
            case 2 -> head + (letter == 'z' ? 'a' : (char) (letter + 1)) + tail;
            default ->
                tail.isEmpty() || !Character.isLetter(tail.charAt(0))
                    ? word
                    : head + tail.charAt(0) + letter + tail.substring(1);
          };
      if (!result.equals(word)) {
        return result;
      }
    }
    return word + "x";
  }

  /* Misspells one of the words of a text. */
  private static String oneMisspelt(RandomGenerator random, String text) {
    List<MatchResult> words = Pattern.compile("[A-Za-z]{4,}").matcher(text).results().toList();
    if (words.isEmpty()) {
      return misspelt(random, text);
    }
    MatchResult word = words.get(random.nextInt(words.size()));
    return text.substring(0, word.start())
        + misspelt(random, word.group())
        + text.substring(word.end());
  }

  private static BiFunction<RandomGenerator, String, String> oneOf(String... texts) {
    return (random, _) -> texts[random.nextInt(texts.length)];
  }

  private static String badDuration(RandomGenerator random, String old) {
    String number = old.replaceAll("\\D.*", "");
    return switch (random.nextInt(5)) {
      case 0 -> number + " m";
      case 1 -> number + "min";
      case 2 -> number + "mm";
      case 3 -> "m" + number;
      default -> number + "x";
    };
  }

  private static List<Kind> kinds() {
    var all = new Builder();
    BiFunction<RandomGenerator, String, String> typo = WrongEditKinds::misspelt;
    BiFunction<RandomGenerator, String, String> word = WrongEditKinds::oneMisspelt;
    BiFunction<RandomGenerator, String, String> nothing = (_, _) -> "";
    rules(all, typo, word);
    all.add("test: alert", TESTS, "alertname: (\\w+)", typo);
    all.add(
        "test: key",
        TESTS,
        "(?m)^ +(?:- )?(interval|input_series|series|values|alert_rule_test|eval_time|alertname|exp_alerts|exp_labels|exp_annotations):",
        typo);
    all.add("test: duration", TESTS, "eval_time: (\\d+[smh])", WrongEditKinds::badDuration);
    all.add(
        "test: rule file",
        TESTS,
        "(?m)^ *- \\.\\./([a-z-]+)\\.yml|rule_files: \\[\\.\\./([a-z-]+)\\.yml",
        typo);
    all.add("test: metric", TESTS, "series: '?([a-z][a-z0-9]*_[a-z0-9_]+)\\{", typo);
    notifications(all, typo, word);
    scraping(all, typo, word);
    all.add(
        "probe: key",
        PROBES,
        "(?m)^ +(?:- )?(name|labels|interval|timeout|http|tcp|steps|url|json|host|port|expect|method|envelope|confirm|down_after|parents):",
        typo);
    all.structural("probe: no target", PROBES, "(?m)^( +(?:url|host|port): .*\n)", nothing);
    all.add(
        "probe: duration",
        PROBES,
        "(?:interval|timeout): (\\d+[smh])",
        WrongEditKinds::badDuration);
    all.add("probe: scheme", PROBES, "url: (https?)://", typo);
    all.add("probe: operator", PROBES, "op: \"(==)\"", oneOf("=", "===", "=~=", "equals"));
    all.add("probe: port", PROBES, "port: (\\d+)", oneOf("0", "80800", "http", "-1"));
    all.add("probe: path", PROBES, "path: (\\$\\.\\w+)", (_, old) -> old.substring(2));
    all.add("probe: expectation", PROBES, "expect: (\\w+)", typo);
    all.add("probe: secret", PROBES, "\\$\\{(\\w+)}", typo);
    all.structural("probe: parent", PROBES, "parents: \\[([\\w-]+)]", typo);
    all.add(
        "gate: key",
        GATES,
        "(?m)^ *(?:- )?(version|service|env|interval|warmup|min_soak|deadline|max_age|on_inconclusive|checks|selector|restarts|probes|names|alerts|matchers|severities|ignore|error_bound|total|bad|p_max|theta0|route|objective):",
        typo);
    all.structural(
        "gate: no checks",
        GATES,
        "(?s)\n(checks:\n.*)$",
        oneOf("checks: {}\n", "checks: {version: none}\n"));
    all.add("gate: metric", GATES, METRIC, typo);
    all.add("gate: job", GATES, "job=\"([\\w-]+)\"", typo);
    all.add("gate: severity", GATES, "severities: \\[(\\w+)]", oneOf("page", "crit", "criticl"));
    all.add("gate: probe", GATES, "names: \\[([\\w-]+)]", typo);
    all.add("gate: alert", GATES, "alertname=\"(\\w+)\"", typo);
    all.add("gate: service", GATES, "(?m)^service: (\\w+)", typo);
    all.add("gate: duration", GATES, "(?m)^\\w+: (\\d+[smh])$", WrongEditKinds::badDuration);
    all.add("gate: bound", GATES, "p_max: (0\\.\\d+)", oneOf("5", "-0.1", "five"));
    all.add("rollout: key", ROLLOUTS, "(?m)^ *(?:- )?([a-z_]{4,}):", typo);
    all.add("rollout: duration", ROLLOUTS, ": (\\d+[smh])\\b", WrongEditKinds::badDuration);
    all.add("rollout: word", ROLLOUTS, "(?:strategy|service|env): (\\w+)", typo);
    all.add("objective: key", SLOS, "(?m)^ *(?:- )?([a-z_]{4,}):", typo);
    all.add("objective: metric", SLOS, METRIC, typo);
    all.add("objective: range", SLOS, "target: ([\\d.]+)", oneOf("999", "0", "1.5", "99,9"));
    all.add("tap: method", "tap/routes.yml", "(GET|POST|PUT|DELETE) /", typo);
    dashboards(all, typo);
    String yaml = "(?!docs).*\\.yml";
    all.structural(
        "any: indentation",
        yaml,
        "(?m)^( {2,})(?=[a-z_]+: )",
        (random, old) -> random.nextBoolean() ? old + " " : old.substring(1));
    all.structural("any: quote", yaml, "(?m)^ +[a-z_]+: (['\"])(?!.*\\{).*$", oneOf(""));
    all.structural(
        "any: key twice",
        yaml,
        "(?m)^(( +)(?:for|expr|receiver|interval|url|timeout|group_wait|env): \\S.*\n)",
        (_, old) -> old + old);
    all.structural(
        "any: list for a scalar",
        yaml,
        "(?m)^ *(?:for|receiver|interval|timeout|group_wait|warmup|severity|job_name|metrics_path|deadline|strategy): (\\S+)$",
        (_, old) -> "[" + old + "]");
    all.structural(
        "any: mapping for a scalar",
        yaml,
        "(?m)^ *(?:for|expr|receiver|interval|timeout|alert|record|severity|job_name|metrics_path|deadline|strategy): ([^|>\\s].*)$",
        (_, _) -> "{a: b}");
    return all.kinds;
  }

  private static void rules(
      Builder all,
      BiFunction<RandomGenerator, String, String> typo,
      BiFunction<RandomGenerator, String, String> word) {
    all.add("rule: metric", RULES, METRIC, typo);
    all.everywhere("rule: metric at two places", RULES, METRIC, typo);
    all.add("rule: label of a matcher", RULES, "[{,]\\s*([a-z_]{3,})(?=(?:=|!=|=~|!~)\")", typo);
    all.add("rule: label of by", RULES, "\\b(?:by|on) \\((?:[a-z_]+, )*([a-z_]{3,})[,)]", typo);
    all.add(
        "rule: value of a matcher",
        RULES,
        "(?:mode|job|alertname|probe|alertstate)=\"([^\"]{3,})\"",
        typo);
    all.add("rule: status", RULES, "status=~\"(5\\.\\.)\"", oneOf("5", "5.", "5x", "500."));
    all.add(
        "rule: percent for a ratio",
        RULES,
        "(?:ratio\\w*|\\)) >=? (0\\.\\d+)",
        (_, old) -> String.valueOf(Math.round(Double.parseDouble(old) * 1000) / 10.0));
    all.add(
        "rule: duration",
        RULES,
        "(?:for|keep_firing_for|interval): (\\d+[smhd])",
        WrongEditKinds::badDuration);
    all.add(
        "rule: key",
        RULES,
        "(?m)^ +(?:- )?(alert|record|expr|for|labels|annotations|keep_firing_for|interval|rules):",
        typo);
    all.add(
        "rule: severity",
        RULES,
        "severity: (critical|warning|info)",
        oneOf("page", "crit", "warnign", "Critical", "urgent"));
    all.add("rule: label of a text", RULES, "\\{\\{ \\$labels\\.(\\w+)", typo);
    all.add(
        "rule: variable of a text",
        RULES,
        "\\{\\{ \\$(labels|value|externalURL|externalLabels)",
        typo);
    all.add("rule: function of a text", RULES, "\\| (humanize\\w*)", typo);
    all.add(
        "rule: annotation",
        RULES,
        "(?m)^ +(summary|description|runbook_url|dashboard_url|summary_zh|description_zh):",
        typo);
    all.add("rule: runbook", RULES, "/runbooks/([A-Za-z]+)", typo);
    all.add("rule: dashboard", RULES, "dashboard_url: '?/d/([\\w-]+)", typo);
    all.add(
        "rule: function",
        RULES,
        "\\b(rate|increase|sum|histogram_quantile|max|min|count|avg|absent)(?= ?\\(| by)",
        typo);
    all.structural("rule: bracket", RULES, "(?m)^ {10,}.*([)}])", oneOf(""));
    all.add("rule: range", RULES, "\\[(\\d+[mh])\\]", WrongEditKinds::badDuration);
    all.add(
        "rule: impossible value",
        RULES,
        "\\b(?:up|probe_success)\\{[^}]*\\} == (0)",
        oneOf("2", "-1", "0.5"));
    all.add(
        "rule: recorded series",
        RULES,
        "(?<![\\w\":]|record: )([a-z_]+:[a-z_0-9]+(?::[a-z_0-9]+)?)(?= [><=/*]|\\{|\\)|\\[)",
        word);
    all.add("rule: record", RULES, "record: (\\S+)", word);
  }

  private static void notifications(
      Builder all,
      BiFunction<RandomGenerator, String, String> typo,
      BiFunction<RandomGenerator, String, String> word) {
    all.add(
        "notify: key",
        "notifications/.*\\.yml",
        "(?m)^ *(?:- )?(group_by|group_wait|receiver|matchers|routes|receivers|inhibit_rules|source_matchers|target_matchers|equal|email_configs|slack_configs|to|channel|send_resolved|repeat_interval|name|outlasts|close_what_we_opened|global|resolve_timeout|smtp_from):",
        typo);
    all.add(
        "notify: severity of a route",
        NOTIFY,
        "(?m)^ +matchers: \\[severity=\"(\\w+)\"",
        oneOf("page", "crit", "Critical", "fatal"));
    all.add(
        "notify: severity of an inhibition",
        NOTIFY,
        "(?:source|target)_matchers: \\[severity=\"(\\w+)\"",
        oneOf("page", "crit", "Warning"));
    all.add(
        "notify: alert of a matcher",
        "notifications/.*\\.yml",
        "_?matchers: \\[alertname=~?\"([^\"]+)\"",
        word);
    all.add("notify: receiver", NOTIFY, "receiver: ([\\w-]+)", typo);
    all.add("notify: label of a matcher", NOTIFY, "[\\[ ](alertname|severity|job)(?=[=!])", typo);
    all.add(
        "notify: label compared",
        "notifications/.*\\.yml",
        "(?:equal|group_by): \\[(?:\\w+, )*(\\w+)[,\\]]",
        typo);
    all.add(
        "notify: duration",
        "notifications/.*\\.yml",
        "(?:group_wait|group_interval|repeat_interval|outlasts|resolve_timeout): (\\d+[smh])",
        WrongEditKinds::badDuration);
    all.add(
        "notify: field of a template",
        NOTIFY,
        "send_resolved: true()",
        oneOf(
            "\n        headers: {Subject: '{{ .Alertz | len }}'}",
            "\n        headers: {Subject: '{{ .CommonLabel.severity }}'}",
            "\n        headers: {Subject: '{{ range .Alerts }}{{ .Lables.job }}{{ end }}'}",
            "\n        headers: {Subject: '{{ .GroupLables.alertname }}'}",
            "\n        headers: {Subject: '{{ (index .Alerts 0).Anotations.summary }}'}"),
        "email_configs");
    all.add(
        "notify: function of a template",
        NOTIFY,
        "send_resolved: true()",
        oneOf(
            "\n        headers: {Subject: '{{ .Status | toUper }}'}",
            "\n        headers: {Subject: '{{ template \"email.subjct\" . }}'}",
            "\n        headers: {Subject: '{{ .Status '}"),
        "email_configs");
    all.add("notify: secret file", NOTIFY, "_file: (\\S+)", word);
    all.add(
        "notify: time interval",
        NOTIFY,
        "(?m)^ {4}- receiver: nobody\n()",
        oneOf("      mute_time_intervals: [nights]\n", "      active_time_intervals: [office]\n"));
    all.add(
        "notify: times",
        NOTIFY,
        "\n()receivers:",
        oneOf(
            "time_intervals: [{name: n, time_intervals: [{times: [{start_time: '22:00', end_time: '06:00'}]}]}]\n",
            "time_intervals: [{name: n, time_intervals: [{weekdays: [mondey]}]}]\n",
            "time_intervals: [{name: n, time_intervals: [{location: Europe/Pairs}]}]\n"));
    all.add("notify: address", NOTIFY, "to: (\\S+)", oneOf("on-call", "on-call@", "@localhost"));
  }

  private static void scraping(
      Builder all,
      BiFunction<RandomGenerator, String, String> typo,
      BiFunction<RandomGenerator, String, String> word) {
    all.add(
        "scrape: key",
        PROMETHEUS,
        "(?m)^ *(?:- )?(global|scrape_interval|scrape_timeout|evaluation_interval|rule_files|alerting|alertmanagers|scrape_configs|job_name|metrics_path|static_configs|targets|file_sd_configs|files|refresh_interval|sample_limit|relabel_configs|source_labels|target_label|action|regex|authorization|credentials_file):",
        typo);
    all.add(
        "scrape: duration",
        PROMETHEUS,
        "(?:interval|timeout): (\\d+[smh])",
        WrongEditKinds::badDuration);
    all.add("scrape: file", PROMETHEUS, "targets/([a-z-]+)\\.json", typo);
    all.add("scrape: rule files", PROMETHEUS, "\\.\\./(alert-rules)/\\*", typo);
    all.add("scrape: job", PROMETHEUS, "job_name: ([\\w-]+)", typo);
    all.add("scrape: token", PROMETHEUS, "credentials_file: (\\S+)", typo);
    all.add(
        "scrape: port",
        PROMETHEUS,
        "targets: \\['[\\w.]+:(\\d+)'",
        oneOf("90951", "0", "9O95", ""));
    all.add("scrape: action", PROMETHEUS, "action: (\\w+)", typo);
    all.add("scrape: path", PROMETHEUS, "metrics_path: (/)", oneOf(""));
    all.add("target: key", TARGETS, "\"(targets|labels)\":", typo);
    all.add("target: label", TARGETS, "\"(service|environment|host|cluster)\":", typo);
    all.add(
        "target: address",
        TARGETS,
        "\"[\\w.]+(:\\d+)\"",
        oneOf(":80800", ":http", ": 8080", ":8080/metrics"));
    all.structural("target: bracket", TARGETS, "([\\]}])", oneOf(""));
  }

  private static void dashboards(Builder all, BiFunction<RandomGenerator, String, String> typo) {
    all.add("board: metric", BOARDS, "\"expr\": \".*?" + METRIC, typo);
    all.add(
        "board: label", BOARDS, "\"expr\": \".*?[{,]([a-z_]{3,})(?=(?:=|!=|=~|!~)\\\\\")", typo);
    all.add(
        "board: function",
        BOARDS,
        "\"expr\": \".*?\\b(rate|increase|sum|max|min|count|histogram_quantile)(?= ?\\(| by)",
        typo);
    all.add("board: variable", BOARDS, "\"expr\": \".*?\\$(?!__)([a-z]{3,})", typo);
    all.add("board: data source", BOARDS, "\"uid\": \"\\$\\{(\\w+)}\"", typo);
    all.structural("board: comma", BOARDS, "(?m)[\"\\d}\\]](,)$", oneOf(""));
    all.add("board: type", BOARDS, "\"type\": \"(timeseries|stat|table|gauge|barchart)\"", typo);
    all.add("board: expr key", BOARDS, "\"(expr)\":", typo);
    all.add(
        "provisioning: key",
        "dashboards/provisioning/.*\\.yml",
        "(?m)^ *(?:- )?(apiVersion|providers|datasources|name|type|access|url|uid|options|path|isDefault|jsonData|httpMethod|allowUiUpdates):",
        typo);
  }

  private static final class Builder {
    private final List<Kind> kinds = new ArrayList<>();

    void add(
        String name,
        String files,
        String place,
        BiFunction<RandomGenerator, String, String> change) {
      kinds.add(
          new Kind(name, Pattern.compile(files), Pattern.compile(place), change, false, false));
    }

    /// @param before what stands before the place in the line above
    void add(
        String name,
        String files,
        String place,
        BiFunction<RandomGenerator, String, String> change,
        String before) {
      add(name, files, before + ":\\s+- .*\\s+" + place, change);
    }

    void everywhere(
        String name,
        String files,
        String place,
        BiFunction<RandomGenerator, String, String> change) {
      kinds.add(
          new Kind(name, Pattern.compile(files), Pattern.compile(place), change, true, false));
    }

    void structural(
        String name,
        String files,
        String place,
        BiFunction<RandomGenerator, String, String> change) {
      kinds.add(
          new Kind(name, Pattern.compile(files), Pattern.compile(place), change, false, true));
    }
  }
}
