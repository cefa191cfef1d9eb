package io.pharos.adopt.imports;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/// Converts modules of blackbox_exporter, with their targets in a `prometheus.yml`.
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

  /// The probes of the modules that have targets.
  ///
  /// @param name the name of the file in errors
  /// @param prometheus the scrape configurations with the targets
  /// @throws ConfigException when one of them is not YAML
  public static Imports of(String name, String text, String prometheus) {
    var run = new BlackboxImport(ForeignYaml.parse(name, text).path("modules"));
    JsonNode config = ForeignYaml.parse("prometheus", prometheus);
    String interval = ForeignYaml.text(config.path("global"), "scrape_interval");
    var used = new TreeSet<String>();
    for (JsonNode job : config.path("scrape_configs")) {
      List<String> module = ForeignYaml.texts(job.path("params"), "module");
      // The exporter takes the first of several.
      if (!module.isEmpty() && run.modules.has(module.getFirst())) {
        used.add(module.getFirst());
        run.job(job, module.getFirst(), interval.isEmpty() ? "1m" : interval);
      }
    }
    run.modules
        .fieldNames()
        .forEachRemaining(
            module -> {
              if (!used.contains(module)) {
                run.imports.lost(
                    "module " + module, "skipped: no scrape configuration has targets for it");
              }
            });
    return run.imports;
  }

  private void job(JsonNode job, String module, String otherwise) {
    String name = ForeignYaml.text(job, "job_name");
    String interval = ForeignYaml.text(job, "scrape_interval");
    for (JsonNode group : job.path("static_configs")) {
      for (String target : ForeignYaml.texts(group, "targets")) {
        ObjectNode probe = ForeignYaml.record();
        JsonNode labels = group.path("labels");
        if (labels.isObject() && !labels.isEmpty()) {
          probe.set("labels", labels);
        }
        probe.put("interval", interval.isEmpty() ? otherwise : interval);
        probe(name + " " + target, target, modules.path(module), probe);
      }
    }
    job.fieldNames()
        .forEachRemaining(
            key -> {
              if (key.endsWith("_sd_configs")) {
                imports.lost("job " + name, key + ": discovered targets are skipped");
              }
            });
  }

  private void probe(String name, String target, JsonNode module, ObjectNode probe) {
    String timeout = ForeignYaml.text(module, "timeout");
    if (!timeout.isEmpty()) {
      probe.put("timeout", timeout);
    }
    String prober = ForeignYaml.text(module, "prober");
    JsonNode options = module.path(prober);
    ObjectNode check = ForeignYaml.record();
    var expect = new ArrayList<String>();
    switch (prober) {
      case "http" -> {
        others(name, options, HTTP);
        http(name, target, options, check, expect);
      }
      case "tcp" -> {
        others(name, options, TCP);
        Address.parse(target).into(check);
        if (!tcp(options, check)) {
          imports.lost(name, "skipped: query_response with more than one request");
          return;
        }
      }
      case "dns" -> {
        others(name, options, DNS);
        dns(name, target, options, check, expect);
      }
      case "icmp" -> {
        others(name, options, ICMP);
        check.put("host", Address.parse(target).host());
      }
      case "grpc" -> {
        others(name, options, GRPC);
        Address.parse(target).into(check);
        copy(options, "service", check);
        if (ForeignYaml.isTrue(options, "tls")) {
          check.put("tls", true);
          tls(options, check);
        }
      }
      default -> {
        imports.lost(name, "skipped: the prober " + prober + " has no equivalent");
        return;
      }
    }
    boolean fixed = ForeignYaml.text(options, "ip_protocol_fallback").equals("false");
    if (fixed) {
      check.put("ip", ForeignYaml.text(options, "preferred_ip_protocol").equals("ip4") ? "4" : "6");
    }
    probe.set(prober, check);
    if (!expect.isEmpty()) {
      probe.put("expect", String.join(" && ", expect));
    }
    imports.add(name, probe);
  }

  private void others(String name, JsonNode options, Set<String> read) {
    var others = new TreeSet<String>();
    options.fieldNames().forEachRemaining(others::add);
    others.removeAll(read);
    if (!others.isEmpty()) {
      imports.lost(name, String.join(", ", others) + " not converted");
    }
  }

  private void http(
      String name, String target, JsonNode options, ObjectNode check, List<String> expect) {
    check.put("url", target.contains("://") ? target : "http://" + target);
    copy(options, "method", check);
    copy(options, "body", check);
    copy(options, "bearer_token_file", check);
    copy(options, "headers", check);
    tls(options, check);
    if (ForeignYaml.isTrue(options, "no_follow_redirects")
        || ForeignYaml.text(options, "follow_redirects").equals("false")) {
      check.put("follow_redirects", false);
    }
    if (!options.path("valid_status_codes").isEmpty()) {
      check.set("expected_status", options.path("valid_status_codes"));
    }
    if (options.has("valid_http_versions")) {
      imports.lost(name, "valid_http_versions not converted: probes use HTTP/1.1");
    }
    if (ForeignYaml.isTrue(options, "fail_if_ssl")) {
      expect.add("!has(tls.version)");
    }
    if (ForeignYaml.isTrue(options, "fail_if_not_ssl")) {
      expect.add("has(tls.version)");
    }
    for (String regex : ForeignYaml.texts(options, "fail_if_body_not_matches_regexp")) {
      expect.add("text matches " + Imports.quoted(regex));
    }
    for (String regex : ForeignYaml.texts(options, "fail_if_body_matches_regexp")) {
      expect.add("!(text matches " + Imports.quoted(regex) + ")");
    }
    for (JsonNode each : options.path("fail_if_header_matches")) {
      expect.add(header(each, "!"));
    }
    for (JsonNode each : options.path("fail_if_header_not_matches")) {
      expect.add(header(each, ""));
    }
  }

  private static String header(JsonNode rule, String not) {
    String header =
        "headers[%s]"
            .formatted(
                Imports.quoted(
                    ForeignYaml.text(rule, "header").toLowerCase(java.util.Locale.ROOT)));
    String match =
        "%s(%s matches %s)"
            .formatted(not, header, Imports.quoted(ForeignYaml.text(rule, "regexp")));
    return ForeignYaml.isTrue(rule, "allow_missing")
        ? "(!has(%s) || %s)".formatted(header, match)
        : match;
  }

  private static boolean tcp(JsonNode options, ObjectNode check) {
    if (ForeignYaml.isTrue(options, "tls")) {
      check.put("tls", true);
      tls(options, check);
    }
    var sent = new ArrayList<String>();
    var expected = new ArrayList<String>();
    for (JsonNode step : options.path("query_response")) {
      if (step.has("starttls")) {
        return false;
      }
      // An expected text before the first send would require waiting.
      if (step.has("send") && !expected.isEmpty()) {
        return false;
      }
      if (step.has("send")) {
        sent.add(ForeignYaml.text(step, "send"));
      }
      if (step.has("expect")) {
        expected.add(ForeignYaml.text(step, "expect"));
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
    Address server = Address.parse(target);
    check.put("server", server.host());
    if (!server.port().isEmpty()) {
      check.put("port", server.port());
    }
    check.put("name", ForeignYaml.text(options, "query_name"));
    String type = ForeignYaml.text(options, "query_type");
    check.put("type", type.isEmpty() ? "ANY" : type);
    if (ForeignYaml.text(options, "recursion_desired").equals("false")) {
      check.put("recursion", false);
    }
    if (ForeignYaml.text(options, "transport_protocol").equals("tcp")) {
      check.put("tcp", true);
    }
    List<String> rcodes = ForeignYaml.texts(options, "valid_rcodes");
    expect.add(
        "rcode in ["
            + String.join(
                ", ",
                (rcodes.isEmpty() ? List.of("NOERROR") : rcodes)
                    .stream().map(Imports::quoted).toList())
            + "]");
    if (options.has("validate_answer_rrs")) {
      imports.lost(name, "validate_answer_rrs not converted: use answers in expect");
    }
  }

  private static void copy(JsonNode options, String key, ObjectNode check) {
    if (options.has(key)) {
      check.set(key, options.path(key));
    }
  }

  private static void tls(JsonNode options, ObjectNode check) {
    if (options.path("tls_config").isEmpty()) {
      return;
    }
    ObjectNode tls = check.putObject("tls_config");
    options
        .path("tls_config")
        .properties()
        .forEach(
            option -> {
              if (option.getKey().equals("insecure_skip_verify")) {
                tls.put(option.getKey(), option.getValue().asText().equals("true"));
              } else {
                tls.set(option.getKey(), option.getValue());
              }
            });
  }
}
