"""What a function reports of itself, and what its stack's alarms and dashboard watch: namespace, metric, stack."""

import json
import re
from typing import Any

Metric = tuple[str, str, str]


def reported_metrics(output: str) -> set[Metric]:
    """The metrics in the embedded format that were printed; every one is of one stack."""
    found = set()
    for entry in map(json.loads, output.splitlines()):
        for directive in entry.get("_aws", {}).get("CloudWatchMetrics", ()):
            assert all("service" in dimensions for dimensions in directive["Dimensions"])
            found |= {
                (directive["Namespace"], metric["Name"], entry["service"]) for metric in directive["Metrics"]
            }
    return found


def watched_metrics(template: dict[str, Any], stack: str) -> set[Metric]:
    """Pressmark's own metrics that a deployment named ``stack`` has on an alarm or its dashboard."""
    found = set()
    for resource in template["Resources"].values():
        properties = resource.get("Properties", {})
        if resource["Type"] == "AWS::CloudWatch::Alarm" and properties["Namespace"] == "Pressmark":
            ((name, value),) = [(each["Name"], each["Value"]) for each in properties["Dimensions"]]
            assert name == "service"
            resolved = stack if value == {"Ref": "AWS::StackName"} else str(value)
            found.add(("Pressmark", properties["MetricName"], resolved))
        if resource["Type"] == "AWS::CloudWatch::Dashboard":
            text = properties["DashboardBody"]["Fn::Sub"].replace("${AWS::StackName}", stack)
            for widget in json.loads(text)["widgets"]:
                for metric in widget["properties"]["metrics"]:
                    if metric[0] == "Pressmark":
                        found.add((metric[0], metric[1], metric[3]))
                    elif isinstance(metric[0], dict):
                        said = re.search(r'service="([^"]+)" MetricName="([^"]+)"', metric[0]["expression"])
                        assert said
                        found.add(("Pressmark", said[2], said[1]))
    return found
