package io.pharos.alerting.message;

import io.pharos.config.alertmanager.AlertmanagerConfig;
import io.pharos.config.alertmanager.IntegrationConfig;
import io.pharos.config.alertmanager.ReceiverConfig;
import io.pharos.config.yaml.Suggestion;
import io.pharos.config.yaml.YamlMap;
import io.pharos.config.yaml.YamlValue;
import io.pharos.model.Quoted;
import io.pharos.template.TemplateException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Finds invalid templates in a configuration before a notification needs them. A template that
/// fails later does not prevent the message: the built-in text replaces it.
public final class TemplateCheck {
  private TemplateCheck() {}

  /// A text of the configuration that is not a valid template, with the position of the error in
  /// the text.
  ///
  /// @param type type of the integration, such as `slack`
  /// @param index position among the receiver's integrations of this type, from 0
  public record BadText(
      String receiver, String type, int index, String key, int row, int column, String message) {
    /// Returns the text in its integration. Its key may have parts, as in `headers.Subject`.
    public Optional<YamlValue> find(YamlMap integration) {
      YamlMap map = integration;
      String rest = key;
      for (int dot = rest.indexOf('.'); dot > 0; dot = rest.indexOf('.')) {
        Optional<YamlValue> inner = map.get(rest.substring(0, dot)).filter(YamlValue::isMap);
        if (inner.isEmpty()) {
          return Optional.empty();
        }
        map = inner.get().asMap();
        rest = rest.substring(dot + 1);
      }
      return map.get(rest);
    }

    @Override
    public String toString() {
      return "receiver " + Quoted.of(receiver) + ": " + message;
    }
  }

  private static final Pattern CALL = Pattern.compile("\\{\\{-?\\s*template\\s+\"([^\"]+)\"");

  /// A template text of the configuration.
  private record Text(String receiver, String type, int index, String key, String text) {
    BadText bad(int row, int column, String message) {
      return new BadText(receiver, type, index, key, row, column, message);
    }
  }

  private static List<Text> texts(AlertmanagerConfig config) {
    var texts = new ArrayList<Text>();
    for (ReceiverConfig receiver : config.receivers()) {
      var counts = new HashMap<String, Integer>();
      for (IntegrationConfig integration : receiver.integrations()) {
        String type = integration.type();
        int index = counts.merge(type, 1, Integer::sum) - 1;
        integration
            .templates()
            .forEach((key, text) -> texts.add(new Text(receiver.name(), type, index, key, text)));
      }
    }
    return texts;
  }

  /// Finds valid texts that read fields which messages do not have: such a text fails when it is
  /// sent.
  public static List<BadText> unknownFields(AlertmanagerConfig config, MessageTemplates templates) {
    var bad = new ArrayList<BadText>();
    for (Text text : texts(config)) {
      try {
        for (TemplateException e :
            templates
                .parse(text.type + "_configs." + text.key, text.text, Language.ENGLISH)
                .unknownFields(Suggestion::nearest)) {
          bad.add(text.bad(e.line(), e.column(), String.valueOf(e.getMessage())));
        }
      } catch (TemplateException _) {
        // problems() reports it
      }
    }
    return bad;
  }

  /// Finds texts that call undefined templates.
  public static List<BadText> undefined(AlertmanagerConfig config, MessageTemplates templates) {
    var bad = new ArrayList<BadText>();
    for (Text text : texts(config)) {
      Matcher call = CALL.matcher(text.text);
      while (call.find()) {
        if (!templates.has(call.group(1))) {
          List<String> before = text.text.substring(0, call.start() + 1).lines().toList();
          bad.add(
              text.bad(
                  before.size(),
                  before.getLast().length(),
                  text.key + ": no template file defines " + Quoted.of(call.group(1))));
        }
      }
    }
    return bad;
  }

  /// Finds texts that are not valid templates.
  public static List<BadText> problems(AlertmanagerConfig config, MessageTemplates templates) {
    var problems = new ArrayList<BadText>();
    for (Text text : texts(config)) {
      try {
        String name = text.type + "_configs." + text.key;
        if (text.key.equals("html")) {
          templates.checkHtml(name, text.text);
        } else {
          templates.check(name, text.text);
        }
      } catch (TemplateException e) {
        problems.add(text.bad(e.line(), e.column(), String.valueOf(e.getMessage())));
      }
    }
    return problems;
  }
}
