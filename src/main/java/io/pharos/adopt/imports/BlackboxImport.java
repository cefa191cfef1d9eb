package io.pharos.adopt.imports;

import static io.pharos.adopt.imports.ForeignYaml.isTrue;
import static io.pharos.adopt.imports.ForeignYaml.put;
import static io.pharos.adopt.imports.ForeignYaml.text;
import static io.pharos.adopt.imports.ForeignYaml.texts;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/// Converts modules of blackbox_exporter, and their targets in a `prometheus.yml`.
public final class BlackboxImport {
  private static final Set<String> HTTP =
      Set.of(
          "valid_status_codes",
          "valid_http_versions",
          "method",
          "headers",
          "body",
          "follow_redirects",
          "no_follow_redirects",
          "fail_if_ssl",
          "fail_if_not_ssl",
          "fail_if_body_matches_regexp",
          "fail_if_body_not_matches_regexp",
          "fail_if_header_matches",
          "fail_if_header_not_matches",
          "tls_config",
          "bearer_token_file",
          "preferred_ip_protocol",
          "ip_protocol_fallback");
  private static final Set<String> TCP =
      Set.of(
          "query_response", "tls", "tls_config", "preferred_ip_protocol", "ip_protocol_fallback");
  private static final Set<String> DNS =
      Set.of(
          "query_name",
          "query_type",
          "recursion_desired",
          "transport_protocol",
          "valid_rcodes",
          "validate_answer_rrs",
          "preferred_ip_protocol",
          "ip_protocol_fallback");
  private static final Set<String> GRPC =
      Set.of("service", "tls", "tls_config", "preferred_ip_protocol", "ip_protocol_fallback");
  private static final Set<String> ICMP = Set.of("preferred_ip_protocol", "ip_protocol_fallback");

  private final Imports imports = new Imports();
  private final JsonNode modules;

  private BlackboxImport(JsonNode modules) {
    this.modules = modules;
  }

  /// Converts the modules that have targets.
  ///
  /// @param text the configuration of blackbox_exporter
  /// @param prometheus the text of `prometheus.yml`
  /// @throws ConfigException when one of the texts is not YAML
  public static Imports of(String name, String text, String prometheus) {
    var run = new BlackboxImport(ForeignYaml.parse(name, text).path("modules"));
    JsonNode config = ForeignYaml.parse("prometheus", prometheus);
    String interval = text(config.path("global"), "scrape_interval");
    var used = new TreeSet<String>();
    for (JsonNode job : config.path("scrape_configs")) {
      List<String> module = texts(job.path("params"), "module");
      // If the parameter has several values, the exporter uses the first.
      if (!module.isEmpty() && run.modules.has(module.getFirst())) {
        used.add(module.getFirst());
        run.job(job, module.getFirst(), interval.isEmpty() ? "1m" : interval);
      }
    }
    for (var module : run.modules.properties()) {
      if (!used.contains(module.getKey())) {
        run.imports.lost(
            "module " + module.getKey(), "skipped: no scrape configuration has targets for it");
      }
    }
    return run.imports;
  }

  private void job(JsonNode job, String module, String defaultInterval) {
    String name = text(job, "job_name");
    String interval = text(job, "scrape_interval");
    for (JsonNode group : job.path("static_configs")) {
      for (String target : texts(group, "targets")) {
        ObjectNode probe = ForeignYaml.record();
        JsonNode labels = group.path("labels");
        if (labels.isObject() && !labels.isEmpty()) {
          probe.set("labels", labels);
        }
        probe.put("interval", interval.isEmpty() ? defaultInterval : interval);
        probe(name + " " + target, target, modules.path(module), probe);
      }
    }
    for (var option : job.properties()) {
      if (option.getKey().endsWith("_sd_configs")) {
        imports.lost("job " + name, option.getKey() + ": discovered targets are skipped");
      }
    }
  }

  private void probe(String name, String target, JsonNode module, ObjectNode probe) {
    put(probe, "timeout", text(module, "timeout"));
    String prober = text(module, "prober");
    JsonNode options = module.path(prober);
    ObjectNode check = ForeignYaml.record();
    var expect = new ArrayList<String>();
    switch (prober) {
      case "http" -> {
        imports.lostOthers(name, options, HTTP);
        http(name, target, options, check, expect);
      }
      case "tcp" -> {
        imports.lostOthers(name, options, TCP);
        Address.parse(target).into(check);
        if (!tcp(options, check)) {
          imports.lost(
              name,
              "skipped: a probe can only send one text and then read, but this query_response does more");
          return;
        }
      }
      case "dns" -> {
        imports.lostOthers(name, options, DNS);
        dns(name, target, options, check, expect);
      }
      case "icmp" -> {
        imports.lostOthers(name, options, ICMP);
        check.put("host", Address.parse(target).host());
      }
      case "grpc" -> {
        imports.lostOthers(name, options, GRPC);
        Address.parse(target).into(check);
        copy(options, "service", check);
        tls(options, check, isTrue(options, "tls"));
      }
      default -> {
        imports.lost(name, "skipped: the prober " + prober + " has no equivalent");
        return;
      }
    }
    if (text(options, "ip_protocol_fallback").equals("false")) {
      check.put("ip", text(options, "preferred_ip_protocol").equals("ip4") ? "4" : "6");
    }
    probe.set(prober, check);
    put(probe, "expect", String.join(" && ", expect));
    imports.add(name, probe);
  }

  private void http(
      String name, String target, JsonNode options, ObjectNode check, List<String> expect) {
    check.put("url", target.contains("://") ? target : "http://" + target);
    for (String key : List.of("method", "body", "bearer_token_file", "headers")) {
      copy(options, key, check);
    }
    tls(options, check);
    if (isTrue(options, "no_follow_redirects")
        || text(options, "follow_redirects").equals("false")) {
      check.put("follow_redirects", false);
    }
    if (!options.path("valid_status_codes").isEmpty()) {
      check.set("expected_status", options.path("valid_status_codes"));
    }
    if (options.has("valid_http_versions")) {
      imports.lost(name, "valid_http_versions not converted: probes use HTTP/1.1");
    }
    if (isTrue(options, "fail_if_ssl")) {
      expect.add("!has(tls.version)");
    }
    if (isTrue(options, "fail_if_not_ssl")) {
      expect.add("has(tls.version)");
    }
    for (String regex : texts(options, "fail_if_body_not_matches_regexp")) {
      expect.add("text matches " + Imports.quoted(regex));
    }
    for (String regex : texts(options, "fail_if_body_matches_regexp")) {
      expect.add("!(text matches " + Imports.quoted(regex) + ")");
    }
    for (JsonNode rule : options.path("fail_if_header_matches")) {
      expect.add(header(rule, "!"));
    }
    for (JsonNode rule : options.path("fail_if_header_not_matches")) {
      expect.add(header(rule, ""));
    }
  }

  private static String header(JsonNode rule, String negation) {
    String name = text(rule, "header").toLowerCase(Locale.ROOT);
    String header = "headers[" + Imports.quoted(name) + "]";
    String regex = Imports.quoted(text(rule, "regexp"));
    String match = "%s(%s matches %s)".formatted(negation, header, regex);
    return isTrue(rule, "allow_missing") ? "(!has(%s) || %s)".formatted(header, match) : match;
  }

  private static boolean tcp(JsonNode options, ObjectNode check) {
    tls(options, check, isTrue(options, "tls"));
    var sent = new ArrayList<String>();
    var expected = new ArrayList<String>();
    for (JsonNode step : options.path("query_response")) {
      // A probe can't wait for a text before it sends for the first time.
      if (step.has("starttls") || (step.has("send") && !expected.isEmpty())) {
        return false;
      }
      if (step.has("send")) {
        sent.add(text(step, "send"));
      }
      if (step.has("expect")) {
        expected.add(text(step, "expect"));
      }
    }
    if (expected.size() > 1) {
      return false;
    }
    if (!sent.isEmpty()) {
      check.put("send", String.join("\n", sent) + "\n");
    }
    if (!expected.isEmpty()) {
      check.put("expect", "(?m)" + expected.getFirst());
    }
    return true;
  }

  private void dns(
      String name, String target, JsonNode options, ObjectNode check, List<String> expect) {
    Address.parse(target).into(check, "server");
    check.put("name", text(options, "query_name"));
    String type = text(options, "query_type");
    check.put("type", type.isEmpty() ? "ANY" : type);
    if (text(options, "recursion_desired").equals("false")) {
      check.put("recursion", false);
    }
    if (text(options, "transport_protocol").equals("tcp")) {
      check.put("tcp", true);
    }
    List<String> rcodes = texts(options, "valid_rcodes");
    expect.add(
        (rcodes.isEmpty() ? List.of("NOERROR") : rcodes)
            .stream().map(Imports::quoted).collect(Collectors.joining(", ", "rcode in [", "]")));
    if (options.has("validate_answer_rrs")) {
      imports.lost(name, "validate_answer_rrs not converted: use answers in expect");
    }
  }

  private static void copy(JsonNode options, String key, ObjectNode check) {
    if (options.has(key)) {
      check.set(key, options.path(key));
    }
  }

  private static void tls(JsonNode options, ObjectNode check, boolean usesTls) {
    if (usesTls) {
      check.put("tls", true);
      tls(options, check);
    }
  }

  private static void tls(JsonNode options, ObjectNode check) {
    if (!options.path("tls_config").isEmpty()) {
      ObjectNode tls = check.putObject("tls_config");
      tls.setAll((ObjectNode) options.path("tls_config"));
      if (tls.has("insecure_skip_verify")) {
        tls.put("insecure_skip_verify", text(tls, "insecure_skip_verify").equals("true"));
      }
    }
  }
}
