package io.pharos.server.web;

import java.util.List;

/// A runbook as it is shown.
///
/// @param html its text, without the first heading
/// @param missing placeholders in its commands that are to be filled in by hand
/// @param refused placeholders whose value was not safe to put into a command
/// @param commands the commands of its blocks, a line each, as a reader copies them
public record RunbookPage(
    String html, List<String> missing, List<String> refused, List<String> commands) {
  public RunbookPage {
    missing = List.copyOf(missing);
    refused = List.copyOf(refused);
    commands = List.copyOf(commands);
  }
}
