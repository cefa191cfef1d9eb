package io.pharos.config.prometheus;

import io.pharos.config.yaml.Problems;
import io.pharos.config.yaml.YamlMap;
import io.pharos.config.yaml.YamlValue;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Limits of a scrape; 0 for no limit. A scrape fails if it exceeds a limit.
///
/// @param samples number of samples after relabelling
/// @param labels number of labels of a sample, including the metric name
/// @param labelNameLength length of a label name in characters
/// @param labelValueLength length of a label value in characters
/// @param targets number of targets of a scrape configuration after relabelling
/// @param bodyBytes bytes of the uncompressed body
public record SampleLimits(
    int samples,
    int labels,
    int labelNameLength,
    int labelValueLength,
    int targets,
    long bodyBytes) {

  private static final Pattern SIZE = Pattern.compile("([0-9]+)(B|[KMGTPE]i?B)?");
  private static final Map<Character, Integer> SHIFTS =
      Map.of('B', 0, 'K', 10, 'M', 20, 'G', 30, 'T', 40, 'P', 50, 'E', 60);

  /// No limits.
  public static final SampleLimits NONE = new SampleLimits(0, 0, 0, 0, 0, 0);

  public SampleLimits {
    if (samples < 0
        || labels < 0
        || labelNameLength < 0
        || labelValueLength < 0
        || targets < 0
        || bodyBytes < 0) {
      throw new IllegalArgumentException(
          "expected limits of 0 or more, found %d, %d, %d, %d, %d and %d"
              .formatted(samples, labels, labelNameLength, labelValueLength, targets, bodyBytes));
    }
  }

  /// Reads the limits of a section. A limit that is 0 or absent is inherited.
  static SampleLimits read(YamlMap map, SampleLimits inherited, Problems problems) {
    return new SampleLimits(
        count(map, "sample_limit", inherited.samples(), problems),
        count(map, "label_limit", inherited.labels(), problems),
        count(map, "label_name_length_limit", inherited.labelNameLength(), problems),
        count(map, "label_value_length_limit", inherited.labelValueLength(), problems),
        count(map, "target_limit", inherited.targets(), problems),
        problems.read(
            () ->
                map.get("body_size_limit")
                    .map(value -> value.parse("a size such as 10MB", SampleLimits::bytes))
                    .filter(size -> size > 0)
                    .orElse(inherited.bodyBytes()),
            inherited.bodyBytes()));
  }

  static int count(YamlMap map, String key, int inherited, Problems problems) {
    return problems.read(
        () -> map.get(key).map(SampleLimits::count).filter(n -> n > 0).orElse(inherited),
        inherited);
  }

  private static int count(YamlValue value) {
    int count = value.asInt();
    if (count < 0) {
      throw value.error("expected 0 or more, found " + count);
    }
    return count;
  }

  /// Parses a size as Prometheus does: KB and KiB are both 1024 bytes.
  static long bytes(String text) {
    Matcher matcher = SIZE.matcher(text);
    if (!matcher.matches()) {
      throw new NumberFormatException(text);
    }
    String unit = matcher.group(2);
    long number = Long.parseLong(matcher.group(1));
    int shift = unit == null ? 0 : SHIFTS.getOrDefault(unit.charAt(0), 0);
    if (number > Long.MAX_VALUE >> shift) {
      throw new NumberFormatException(text);
    }
    return number << shift;
  }
}
