package io.pharos.alerting.alert;

import io.pharos.model.Labels;

/// Alertmanager's order of label sets: fewer labels first; then by the first name that only one of
/// them has, the set without it first; then by value.
public final class LabelSetOrder {
  private LabelSetOrder() {}

  /// Compares two label sets.
  public static int compare(Labels a, Labels b) {
    if (a.size() != b.size()) {
      return Integer.compare(a.size(), b.size());
    }
    for (int i = 0; i < a.size(); i++) {
      int byName = b.name(i).compareTo(a.name(i));
      int order = byName != 0 ? byName : a.value(i).compareTo(b.value(i));
      if (order != 0) {
        return order;
      }
    }
    return 0;
  }
}
