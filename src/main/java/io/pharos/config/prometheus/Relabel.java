package io.pharos.config.prometheus;

import com.google.re2j.Matcher;
import com.google.re2j.Pattern;
import io.pharos.model.Labels;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// Relabels a label set as Prometheus does (`model/relabel/relabel.go`).
public final class Relabel {
  private Relabel() {}

  /// Applies steps in order and returns the labels; empty if a step drops the label set.
  public static Optional<Labels> apply(List<RelabelConfig> steps, Labels labels) {
    if (steps.isEmpty()) {
      return Optional.of(labels);
    }
    var builder = labels.toBuilder();
    for (RelabelConfig step : steps) {
      if (!apply(step, builder)) {
        return Optional.empty();
      }
    }
    return Optional.of(builder.build());
  }

  private static boolean apply(RelabelConfig step, Labels.Builder labels) {
    String value = source(step, labels);
    Pattern pattern = step.regex().pattern();
    String target = step.targetLabel();
    switch (step.action()) {
      case KEEP -> {
        return pattern.matches(value);
      }
      case DROP -> {
        return !pattern.matches(value);
      }
      case KEEPEQUAL -> {
        return labels.get(target).equals(value);
      }
      case DROPEQUAL -> {
        return !labels.get(target).equals(value);
      }
      case REPLACE -> replace(step, value, labels);
      case HASHMOD -> labels.set(target, hashMod(value, step.modulus()));
      case LOWERCASE -> labels.set(target, value.toLowerCase(Locale.ROOT));
      case UPPERCASE -> labels.set(target, value.toUpperCase(Locale.ROOT));
      case LABELMAP -> labelMap(step, labels);
      case LABELDROP -> removeNames(labels, pattern, true);
      case LABELKEEP -> removeNames(labels, pattern, false);
    }
    return true;
  }

  private static String source(RelabelConfig step, Labels.Builder labels) {
    List<String> names = step.sourceLabels();
    if (names.size() == 1) {
      return labels.get(names.getFirst());
    }
    var joined = new StringBuilder();
    for (int i = 0; i < names.size(); i++) {
      joined.append(i > 0 ? step.separator() : "").append(labels.get(names.get(i)));
    }
    return joined.toString();
  }

  private static void replace(RelabelConfig step, String value, Labels.Builder labels) {
    Matcher matcher = step.regex().pattern().matcher(value);
    if (!matcher.matches()) {
      return;
    }
    String target = expand(step.targetLabel(), matcher);
    if (!target.isEmpty()) {
      labels.set(target, expand(step.replacement(), matcher));
    }
  }

  private static void labelMap(RelabelConfig step, Labels.Builder labels) {
    for (String name : labels.names()) {
      Matcher matcher = step.regex().pattern().matcher(name);
      if (matcher.matches()) {
        String target = expand(step.replacement(), matcher);
        if (!target.isEmpty()) {
          labels.set(target, labels.get(name));
        }
      }
    }
  }

  private static void removeNames(Labels.Builder labels, Pattern pattern, boolean matching) {
    for (String name : labels.names()) {
      if (pattern.matches(name) == matching) {
        labels.remove(name);
      }
    }
  }

  /// Returns the last eight bytes of the MD5 sum, read as an unsigned number, modulo the modulus.
  private static String hashMod(String value, long modulus) {
    try {
      byte[] sum = MessageDigest.getInstance("MD5").digest(value.getBytes(StandardCharsets.UTF_8));
      long last = ByteBuffer.wrap(sum).getLong(8);
      return Long.toString(Long.remainderUnsigned(last, modulus));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has MD5", e);
    }
  }

  /// Expands a template as Go's `Regexp.Expand` does. `$name` is the longest run of letters, digits
  /// and underscores, so `$1x` is the group named `1x`, not group 1. `$$` is a dollar sign.
  private static String expand(String template, Matcher matcher) {
    int dollar = template.indexOf('$');
    if (dollar < 0) {
      return template;
    }
    var text = new StringBuilder();
    int position = 0;
    while (dollar >= 0) {
      text.append(template, position, dollar);
      position = dollar + 1;
      if (template.startsWith("$", position)) {
        text.append('$');
        position++;
      } else {
        boolean braced = template.startsWith("{", position);
        int from = braced ? position + 1 : position;
        int to = from;
        while (to < template.length() && isWord(template.charAt(to))) {
          to++;
        }
        boolean closed = !braced || template.startsWith("}", to);
        if (to == from || !closed) {
          text.append('$');
        } else {
          text.append(group(template.substring(from, to), matcher));
          position = braced ? to + 1 : to;
        }
      }
      dollar = template.indexOf('$', position);
    }
    return text.append(template, position, template.length()).toString();
  }

  private static boolean isWord(char c) {
    return Character.isLetterOrDigit(c) || c == '_';
  }

  private static String group(String name, Matcher matcher) {
    Integer index = matcher.pattern().namedGroups().get(name);
    if (index == null && name.length() < 6 && name.chars().allMatch(c -> c >= '0' && c <= '9')) {
      index = Integer.valueOf(name);
    }
    if (index == null || index > matcher.groupCount()) {
      return "";
    }
    String group = matcher.group(index);
    return group == null ? "" : group;
  }
}
