package io.pharos.alerting.alert;

import io.pharos.model.Labels;

/// The order in which Alertmanager lists label sets: fewer labels first; of as many, those that
/// lack the first name that only one of them has; then by value.
public final class LabelSetOrder {
  private LabelSetOrder() {}

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
