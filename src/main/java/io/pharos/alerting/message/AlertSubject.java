package io.pharos.alerting.message;

import io.pharos.model.Labels;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;

/// The subject of an alert, from its labels: `GPU 3 · gpu-node-02`. A part of a machine precedes
/// the machine, and a machine's name precedes its address.
///
/// @param parts at most three texts, each truncated; may be empty
/// @param tangible whether the subject is a machine or a part of a machine, which is more specific
///   than the service; otherwise the subject is an address, a probe or a path
public record AlertSubject(List<String> parts, boolean tangible) {
  /// The subject of an alert whose labels name no subject.
  static final AlertSubject NONE = new AlertSubject(List.of(), false);

  private static final int MAX_PARTS = 3;
  private static final int MAX_PART = 80;

  private static final List<String> PART_LABELS =
      List.of(
          "gpu", "xid", "device", "disk", "mountpoint", "volume", "interface", "container", "pod");
  private static final List<String> MACHINE_LABELS =
      List.of("host", "hostname", "Hostname", "node", "nodename", "machine");
  private static final List<String> ADDRESS_LABELS =
      List.of("probe", "instance", "target", "url", "endpoint", "route", "path");

  public AlertSubject {
    parts = List.copyOf(parts);
  }

  /// Names the service of an alert, its job and its subject: `shop · redis-exporter ·
  /// 10.0.0.7:9121`. May be empty.
  public static String place(Labels labels) {
    var parts = new LinkedHashSet<String>();
    for (String label : List.of("service", "job")) {
      // The job of probes adds nothing to the name of the probe.
      if (labels.has(label) && (label.equals("service") || !labels.has("probe"))) {
        parts.add(TextLimit.line(MAX_PART, labels.get(label)));
      }
    }
    parts.addAll(of(labels, Language.ENGLISH).parts);
    return String.join(" · ", parts);
  }

  /// Returns the host of an instance, which is an address with a port or a URL.
  public static String hostOf(String instance) {
    String rest =
        instance.replaceFirst("^[A-Za-z][A-Za-z0-9+.-]*://", "").replaceFirst("[/?#].*", "");
    return rest.startsWith("[") ? rest.replaceFirst("].*", "]") : rest.replaceFirst(":\\d+$", "");
  }

  /// Derives the subject from labels.
  static AlertSubject of(Labels labels, Language language) {
    var parts = new LinkedHashSet<String>();
    for (String name : PART_LABELS) {
      if (labels.has(name)) {
        parts.add(named(name, labels.get(name), language));
      }
    }
    boolean hasPart = !parts.isEmpty();
    Optional<String> machine =
        MACHINE_LABELS.stream().filter(labels::has).map(labels::get).findFirst();
    machine.ifPresent(name -> parts.add(TextLimit.line(MAX_PART, name)));
    boolean tangible = !parts.isEmpty();
    for (String name : ADDRESS_LABELS) {
      // The address of an exporter adds nothing to the name of its machine.
      boolean redundant =
          name.equals("instance")
              && machine.isPresent()
              && (hasPart || isAddressOf(labels.get(name), machine.get()));
      if (labels.has(name) && !redundant) {
        parts.add(named(name, labels.get(name), language));
      }
    }
    return new AlertSubject(parts.stream().limit(MAX_PARTS).toList(), tangible);
  }

  private static boolean isAddressOf(String instance, String machine) {
    return instance.equals(machine)
        || instance.startsWith(machine + ":")
        || instance.startsWith(machine + ".");
  }

  /// Returns the text of a label's value, with a prefix if the value alone is not clear, such as
  /// the number of a GPU.
  private static String named(String label, String value, Language language) {
    String clipped = TextLimit.line(MAX_PART, value);
    return switch (label) {
      case "gpu" -> "GPU " + clipped;
      case "xid" -> "XID " + clipped;
      case "probe" -> Phrase.PROBE_NAME.in(language, clipped);
      default -> clipped;
    };
  }

  /// Returns the subject of a group: the first two different subjects of its alerts, the number of
  /// further subjects, and the common subject.
  ///
  /// @param single subject of each alert, from the labels that the alerts do not share
  static AlertSubject ofAll(AlertSubject common, List<AlertSubject> single, Language language) {
    List<String> names =
        single.stream().filter(AlertSubject::tangible).map(AlertSubject::text).distinct().toList();
    if (names.isEmpty()) {
      return common;
    }
    var parts = new ArrayList<String>();
    int shown = Math.min(2, names.size());
    String shownNames = String.join(Phrase.SEPARATOR.in(language), names.subList(0, shown));
    int more = names.size() - shown;
    parts.add(more == 0 ? shownNames : shownNames + " " + Phrase.MORE.in(language, more));
    parts.addAll(common.parts);
    return new AlertSubject(parts, true);
  }

  /// Returns the parts in one line.
  String text() {
    return String.join(" · ", parts);
  }
}
