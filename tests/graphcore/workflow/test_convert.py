"""Conversion of editor documents to prompts, rule by rule (conformance section P); the rules are in `tests/cases/`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from graphcore.errors import WorkflowError
from graphcore.workflow import to_prompt

Check = Callable[[str], Any]


def test_P002_control_switched_off(check_case: Check) -> None:
    check_case("P002_control_switched_off")


def test_P002_seed_has_a_control(check_case: Check) -> None:
    check_case("P002_seed_has_a_control")


def test_P003_boolean_controls(check_case: Check) -> None:
    check_case("P003_boolean_controls")


def test_P003_lost_and_gained_controls(check_case: Check) -> None:
    check_case("P003_lost_and_gained_controls")


def test_P003_named_controls(check_case: Check) -> None:
    check_case("P003_named_controls")


def test_P003_noise_seed_and_option(check_case: Check) -> None:
    check_case("P003_noise_seed_and_option")


def test_P004_combo_control(check_case: Check) -> None:
    check_case("P004_combo_control")


def test_P005_upload_button(check_case: Check) -> None:
    check_case("P005_upload_button")


def test_P006_force_input(check_case: Check) -> None:
    check_case("P006_force_input")


def test_P007_input_order(check_case: Check) -> None:
    check_case("P007_input_order")


def test_P008_converted_widget(check_case: Check) -> None:
    check_case("P008_converted_widget")


def test_P009_slots_without_links(check_case: Check) -> None:
    check_case("P009_slots_without_links")


def test_P009_wrong_target_slot(check_case: Check) -> None:
    check_case("P009_wrong_target_slot")


def test_P010_links_of_all_kinds(check_case: Check) -> None:
    check_case("P010_links_of_all_kinds")


def test_P011_muted_node(check_case: Check) -> None:
    check_case("P011_muted_node")


def test_P012_muted_optional_source(check_case: Check) -> None:
    check_case("P012_muted_optional_source")


def test_P013_bypass_compatible_type(check_case: Check) -> None:
    check_case("P013_bypass_compatible_type")


def test_P013_bypass_counts_plain_sockets_first(check_case: Check) -> None:
    check_case("P013_bypass_counts_plain_sockets_first")


def test_P013_bypass_exact_type(check_case: Check) -> None:
    check_case("P013_bypass_exact_type")


def test_P013_bypass_exact_before_compatible(check_case: Check) -> None:
    check_case("P013_bypass_exact_before_compatible")


def test_P013_bypass_nothing_fits(check_case: Check) -> None:
    check_case("P013_bypass_nothing_fits")


def test_P013_bypass_same_index(check_case: Check) -> None:
    check_case("P013_bypass_same_index")


def test_P013_bypass_wildcard(check_case: Check) -> None:
    check_case("P013_bypass_wildcard")


def test_P014_bypass_chain(check_case: Check) -> None:
    check_case("P014_bypass_chain")


def test_P015_reroute_circle(check_case: Check) -> None:
    check_case("P015_reroute_circle")


def test_P015_reroute_nodes(check_case: Check) -> None:
    check_case("P015_reroute_nodes")


def test_P016_native_reroutes(check_case: Check) -> None:
    check_case("P016_native_reroutes")


def test_P017_primitive_node(check_case: Check) -> None:
    check_case("P017_primitive_node")


def test_P018_notes_and_groups(check_case: Check) -> None:
    check_case("P018_notes_and_groups")


def test_P019_nested_subgraphs(check_case: Check) -> None:
    check_case("P019_nested_subgraphs")


def test_P020_instances_with_own_values(check_case: Check) -> None:
    check_case("P020_instances_with_own_values")


def test_P020_primitive_into_instance(check_case: Check) -> None:
    check_case("P020_primitive_into_instance")


def test_P021_proxy_widgets(check_case: Check) -> None:
    check_case("P021_proxy_widgets")


def test_P022_compressed_instance_inputs(check_case: Check) -> None:
    check_case("P022_compressed_instance_inputs")


def test_P023_bypassed_instance(check_case: Check) -> None:
    check_case("P023_bypassed_instance")


def test_P023_muted_instance(check_case: Check) -> None:
    check_case("P023_muted_instance")


def test_P024_recursive_subgraph(check_case: Check) -> None:
    check_case("P024_recursive_subgraph")


def test_P025_list_values(check_case: Check) -> None:
    check_case("P025_list_values")


def test_P026_values_by_name(check_case: Check) -> None:
    check_case("P026_values_by_name")


def test_P027_holes(check_case: Check) -> None:
    check_case("P027_holes")


def test_P028_defaults(check_case: Check) -> None:
    check_case("P028_defaults")


def test_P029_other_modes(check_case: Check) -> None:
    check_case("P029_other_modes")


def test_P030_get_and_set(check_case: Check) -> None:
    check_case("P030_get_and_set")


def test_P030_unknown_nodes(check_case: Check) -> None:
    check_case("P030_unknown_nodes")


def test_P031_group_node(check_case: Check) -> None:
    check_case("P031_group_node")


def test_P037_dynamic_combo(check_case: Check) -> None:
    check_case("P037_dynamic_combo")


def test_P038_growing_inputs(check_case: Check) -> None:
    check_case("P038_growing_inputs")


def test_P039_widget_of_muted_source(check_case: Check) -> None:
    check_case("P039_widget_of_muted_source")


def test_P040_widget_of_bypassed_source(check_case: Check) -> None:
    check_case("P040_widget_of_bypassed_source")


def test_P041_remote_combo(check_case: Check) -> None:
    check_case("P041_remote_combo")


def test_P042_object_values(check_case: Check) -> None:
    check_case("P042_object_values")


def test_P044_instances_apart(check_case: Check) -> None:
    check_case("P044_instances_apart")


def test_P043_both_schemas_convert_alike(catalogue: dict[str, Any], read_case: Callable[[str], dict[str, Any]]) -> None:
    case = read_case("P019_nested_subgraphs")
    old = case["workflow"]
    keys = ("id", "origin_id", "origin_slot", "target_id", "target_slot", "type")
    new = {key: value for key, value in old.items() if not key.startswith("last_")}
    new |= {
        "version": 1,
        "state": {"lastNodeId": 99, "lastLinkId": 99, "lastGroupId": 0, "lastRerouteId": 0},
        "links": [dict(zip(keys, link, strict=True)) for link in old["links"]],
        "reroutes": [],
    }
    assert to_prompt(new, catalogue).prompt == to_prompt(old, catalogue).prompt == case["prompt"]


def test_P014_long_chains_need_no_recursion(catalogue: dict[str, Any]) -> None:
    count = 5000
    nodes: list[dict[str, Any]] = [{"id": 0, "type": "Picture", "outputs": [{"type": "IMAGE"}]}]
    nodes += [{"id": i, "type": "Both", "mode": 4, "inputs": [{"name": "image", "link": i}]} for i in range(1, count)]
    nodes.append({"id": count, "type": "Show", "inputs": [{"name": "images", "link": count}]})
    links = [[i, i - 1, 0, i, 0, "IMAGE"] for i in range(1, count + 1)]
    prompt = to_prompt({"nodes": nodes, "links": links}, catalogue).prompt
    assert prompt[str(count)]["inputs"] == {"images": ["0", 0]}


@pytest.mark.timeout(60)
def test_many_readers_of_one_long_chain_cost_no_more_than_the_chain(catalogue: dict[str, Any]) -> None:
    count = 5000
    nodes: list[dict[str, Any]] = [{"id": 0, "type": "Picture"}]
    nodes += [{"id": i, "type": "Both", "mode": 4, "inputs": [{"name": "image", "link": i}]} for i in range(1, count)]
    nodes += [{"id": count + i, "type": "Show", "inputs": [{"name": "images", "link": count}]} for i in range(count)]
    links = [[i, i - 1, 0, i, 0, "IMAGE"] for i in range(1, count + 1)]
    prompt = to_prompt({"nodes": nodes, "links": links}, catalogue).prompt
    assert all(node["inputs"] == {"images": ["0", 0]} for id, node in prompt.items() if id != "0")


def test_group_nodes_are_limited(catalogue: dict[str, Any]) -> None:
    def document(size: int, count: int) -> dict[str, Any]:
        groups = {"G": {"nodes": [{"type": "Picture"}] * size, "links": []}}
        return {"nodes": [{"id": i, "type": "workflow/G"} for i in range(count)], "extra": {"groupNodes": groups}}

    assert len(to_prompt(document(3, 2), catalogue).prompt) == 6
    with pytest.raises(WorkflowError, match="more than 500"):
        to_prompt(document(501, 1), catalogue)
    with pytest.raises(WorkflowError, match="more than 20,000"):
        to_prompt(document(500, 41), catalogue)


def test_P024_multiplying_subgraphs_are_refused(catalogue: dict[str, Any]) -> None:
    levels = [
        {"id": f"level{i}", "name": f"level{i}", "nodes": [{"id": j, "type": f"level{i + 1}"} for j in range(10)]}
        for i in range(30)
    ]
    document = {"nodes": [{"id": 1, "type": "level0"}], "definitions": {"subgraphs": levels}}
    with pytest.raises(WorkflowError, match="unfold to more than"):
        to_prompt(document, catalogue)


def test_links_that_browsers_draw_are_warned_about(catalogue: dict[str, Any]) -> None:
    document = {"nodes": [], "links": [[1, 2, "x", 3, 0, "*"], 5], "extra": {"ue_links": [{"downstream": 1}]}}
    conversion = to_prompt(document, catalogue)
    assert [problem.code for problem in conversion.warnings] == ["browser_links", "unreadable_link"]


def test_a_subgraph_without_its_definition_is_reported(catalogue: dict[str, Any]) -> None:
    node = {"id": 1, "type": "aaaaaaaa-0000-4000-8000-000000000001", "inputs": [{"name": "x", "link": 1}]}
    (problem,) = to_prompt({"nodes": [node]}, catalogue).problems
    assert problem.code == "missing_node_type"
    assert problem.message.startswith("The definition of this subgraph is not in the file")


def test_ids_come_in_the_order_of_a_browser(catalogue: dict[str, Any]) -> None:
    nodes = [{"id": id, "type": "Picture"} for id in ("b", 10, "02", 9, "a")]
    assert list(to_prompt({"nodes": nodes}, catalogue).prompt) == ["9", "10", "b", "02", "a"]


def test_a_getter_without_a_setter_gives_nothing(catalogue: dict[str, Any]) -> None:
    nodes = [
        {"id": 1, "type": "GetNode", "widgets_values": ["lost"]},
        {"id": 2, "type": "Show", "inputs": [{"name": "images", "link": 1}]},
    ]
    assert to_prompt({"nodes": nodes, "links": [[1, 1, 0, 2, 0, "IMAGE"]]}, catalogue).prompt["2"]["inputs"] == {}


def test_values_of_an_unknown_node_by_name(catalogue: dict[str, Any]) -> None:
    node = {"id": 1, "type": "Mystery", "widgets_values_named": {"strength": 0.5}, "outputs": [{"type": "IMAGE"}]}
    show = {"id": 2, "type": "Show", "inputs": [{"name": "images", "link": 1}]}
    prompt = to_prompt({"nodes": [node, show], "links": [[1, 1, 0, 2, 0, "IMAGE"]]}, catalogue).prompt
    assert prompt["1"]["inputs"] == {"strength": 0.5}


def test_P041_a_remote_combo_without_a_button(catalogue: dict[str, Any]) -> None:
    combo = ["COMBO", {"options": ["a", "b"], "remote": {"route": "/x"}}]
    entry = {"input": {"required": {"name": combo, "count": ["INT", {}]}}, "output": []}
    document = {"nodes": [{"id": 1, "type": "Far", "widgets_values": ["b", True, 7]}]}
    assert to_prompt(document, {"Far": entry}).prompt["1"]["inputs"] == {"name": "b", "count": 7}


def test_subgraphs_nested_beyond_all_meaning_are_refused(catalogue: dict[str, Any]) -> None:
    levels = [{"id": f"level{i}", "name": "x", "nodes": [{"id": 1, "type": f"level{i + 1}"}]} for i in range(1100)]
    document = {"nodes": [{"id": 1, "type": "level0"}], "definitions": {"subgraphs": levels}}
    with pytest.raises(WorkflowError, match="nested more than 1000 levels deep"):
        to_prompt(document, catalogue)


def test_P007_an_order_that_names_what_is_not_there() -> None:
    entry = {
        "input": {"required": {"a": ["INT", {}], "b": ["INT", {}]}},
        "input_order": {"required": ["b", "gone", "a", 5]},
        "output": [],
    }
    document = {"nodes": [{"id": 1, "type": "Odd", "widgets_values": [2, 1]}]}
    assert to_prompt(document, {"Odd": entry}).prompt["1"]["inputs"] == {"b": 2, "a": 1}


def test_P031_a_hidden_widget_of_a_group_node_keeps_its_value(catalogue: dict[str, Any]) -> None:
    inner = [{"type": "Noise", "index": 0, "widgets_values": [1, "fixed", 2]}]
    group = {"nodes": inner, "links": [], "config": {"0": {"input": {"seed": {"visible": False}}}}}
    node = {"id": 7, "type": "workflow>Quiet", "widgets_values": ["fixed", 9]}
    document = {"nodes": [node], "extra": {"groupNodes": {"Quiet": group}}}
    assert to_prompt(document, catalogue).prompt["7:0"]["inputs"] == {"seed": 1, "steps": 9}


def test_values_of_widgets_that_only_a_script_draws_are_taken_by_name() -> None:
    declared = {"required": {"line": ["PATH_OF_A_PACK", {}], "width": ["INT", {"default": 1}], "model": ["MODEL", {}]}}
    catalogue = {"Drawn": {"input": declared, "output": [], "output_name": [], "output_node": True}}
    node = {"id": 1, "type": "Drawn", "widgets_values": {"line": [1, 2], "width": 3}, "inputs": [], "outputs": []}
    prompt = to_prompt({"nodes": [node], "links": []}, catalogue).prompt
    assert prompt["1"]["inputs"] == {"line": {"__value__": [1, 2]}, "width": 3}
    listed = {**node, "widgets_values": [3]}
    assert to_prompt({"nodes": [listed], "links": []}, catalogue).prompt["1"]["inputs"] == {"width": 3}
