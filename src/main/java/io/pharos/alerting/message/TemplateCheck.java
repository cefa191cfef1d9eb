package io.pharos.alerting.message;

import io.pharos.config.alertmanager.AlertmanagerConfig;
import io.pharos.config.alertmanager.IntegrationConfig;
import io.pharos.config.alertmanager.ReceiverConfig;
import io.pharos.model.Quoted;
import io.pharos.template.TemplateException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Finds invalid templates in a configuration before a notification needs them. Sending does not
/// depend on it: the built-in text replaces a template that fails.
public final class TemplateCheck {
  private TemplateCheck() {}

  /// An invalid text.
  ///
  /// @param type type of the integration, such as `slack`
  /// @param index position among the receiver's integrations of this type, from 0
  /// @param key key of the text
  /// @param row row in the text, from 1
  /// @param column column in that row, from 1
  public record BadText(
      String receiver, String type, int index, String key, int row, int column, String message) {
    @Override
    public String toString() {
      return "receiver " + Quoted.of(receiver) + ": " + message;
    }
  }

  private static final Pattern CALL = Pattern.compile("\\{\\{-?\\s*template\\s+\"([^\"]+)\"");

  /// Finds calls of undefined templates.
  public static List<BadText> undefined(AlertmanagerConfig config, MessageTemplates templates) {
    var bad = new ArrayList<BadText>();
    forEach(
        config,
        (receiver, integration, index, key, text) -> {
          Matcher call = CALL.matcher(text);
          while (call.find()) {
            if (!templates.has(call.group(1))) {
              List<String> before = text.substring(0, call.start() + 1).lines().toList();
              bad.add(
                  new BadText(
                      receiver.name(),
                      integration.type(),
                      index,
                      key,
                      before.size(),
                      before.getLast().length(),
                      key + ": no template file defines " + Quoted.of(call.group(1))));
            }
          }
        });
    return bad;
  }

  /// Finds texts that are not templates.
  public static List<BadText> problems(AlertmanagerConfig config, MessageTemplates templates) {
    var problems = new ArrayList<BadText>();
    forEach(
        config,
        (receiver, integration, index, key, text) -> {
          try {
            String name = integration.type() + "_configs." + key;
            if (key.equals("html")) {
              templates.checkHtml(name, text);
            } else {
              templates.check(name, text);
            }
          } catch (TemplateException e) {
            problems.add(
                new BadText(
                    receiver.name(),
                    integration.type(),
                    index,
                    key,
                    e.line(),
                    e.column(),
                    String.valueOf(e.getMessage())));
          }
        });
    return problems;
  }

  private interface Text {
    void see(
        ReceiverConfig receiver, IntegrationConfig integration, int index, String key, String text);
  }

  private static void forEach(AlertmanagerConfig config, Text each) {
    for (ReceiverConfig receiver : config.receivers()) {
      var counts = new HashMap<String, Integer>();
      for (IntegrationConfig integration : receiver.integrations()) {
        int index = counts.merge(integration.type(), 1, Integer::sum) - 1;
        integration
            .templates()
            .forEach((key, text) -> each.see(receiver, integration, index, key, text));
      }
    }
  }
}
