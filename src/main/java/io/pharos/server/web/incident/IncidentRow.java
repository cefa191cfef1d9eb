package io.pharos.server.web.incident;

import io.pharos.server.web.design.PageTime;
import java.util.List;

/// An incident on a page.
///
/// @param place where it is: services and instances of its alerts; may be empty
/// @param labels the labels of its group without the name, as `name="value"`
/// @param count number of its alerts
/// @param told who was told, and what they answered
/// @param alerts the most urgent alerts
/// @param more number of alerts that are not in the list
public record IncidentRow(
    String id,
    String address,
    AlertRow worst,
    String place,
    List<String> labels,
    int count,
    PageTime since,
    List<Delivered> told,
    List<AlertRow> alerts,
    int more,
    List<IncidentRow> consequences,
    String silence) {
  /// The newest delivery to an integration.
  ///
  /// @param state `sent`, `pending`, `failed` or `superseded`
  public record Delivered(String state, String integration, PageTime at, String answer) {}
}
