package io.pharos.lint.rule;

import io.pharos.config.yaml.YamlFile;
import io.pharos.config.yaml.YamlMap;
import io.pharos.config.yaml.YamlValue;
import io.pharos.lint.LintedFile;
import io.pharos.promql.ast.Expr;
import io.pharos.promql.parser.ParserOptions;
import io.pharos.promql.parser.PromqlParser;
import io.pharos.rules.RuleFile;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/// Parses each text once, because many rule tests refer to the same rule files, and two linters
/// read each rule file. Files are read every time and results are cached by name and text, so that
/// changes are noticed. Texts that can't be parsed are not cached. Not thread-safe; create a new
/// cache for each run.
public final class ParsedFileCache {
  private record Text(String name, String text) {}

  /// The key of cached rules.
  ///
  /// @param language enabled parts of PromQL; empty for LogQL
  private record Rules(Text text, Optional<ParserOptions> language) {}

  private record Linted(Rules rules, Duration interval) {}

  private record Query(String text, ParserOptions language) {}

  private final Map<Text, Optional<YamlValue>> values = new HashMap<>();
  private final Map<Rules, RuleFile> rules = new HashMap<>();
  private final Map<Linted, LintedFile> linted = new HashMap<>();
  private final Map<Query, Expr> queries = new HashMap<>();

  /// Reads a YAML file like [YamlFile#read(Path)].
  public YamlMap yaml(Path file) {
    String name = file.toString();
    return value(name, YamlFile.text(file))
        .map(YamlValue::asMap)
        .orElseGet(() -> YamlFile.parse(name, ""));
  }

  /// Parses a YAML text like [YamlFile#parseValue].
  public Optional<YamlValue> value(String name, String text) {
    return values.computeIfAbsent(new Text(name, text), _ -> YamlFile.parseValue(name, text));
  }

  /// Parses PromQL rules like [RuleFile#parse(String, String, ParserOptions)].
  public RuleFile rules(String name, String text, ParserOptions language) {
    return rules(new Rules(new Text(name, text), Optional.of(language)));
  }

  /// Parses LogQL rules like [RuleFile#parseLogRules].
  public RuleFile logRules(String name, String text) {
    return rules(new Rules(new Text(name, text), Optional.empty()));
  }

  private RuleFile rules(Rules key) {
    Text text = key.text;
    return rules.computeIfAbsent(
        key,
        _ ->
            key.language
                .map(language -> RuleFile.parse(text.name, text.text, language))
                .orElseGet(() -> RuleFile.parseLogRules(text.name, text.text)));
  }

  /// Parses rules with their positions in the file like [LintedFile#read].
  public LintedFile linted(
      RuleLint.Source source, ParserOptions language, Duration evaluationInterval) {
    var read =
        new Rules(
            new Text(source.name(), source.text()),
            source.isOfLines() ? Optional.empty() : Optional.of(language));
    RuleFile file = rules(read);
    return linted.computeIfAbsent(
        new Linted(read, evaluationInterval),
        _ -> LintedFile.read(file, source.text(), evaluationInterval));
  }

  /// Parses a query like [PromqlParser#parse(String, ParserOptions)].
  public Expr query(String text, ParserOptions language) {
    return queries.computeIfAbsent(
        new Query(text, language), _ -> PromqlParser.parse(text, language));
  }
}
