class AnyType(str):
    def __ne__(self, other):
        return False


any_type = AnyType("*")


class FlexibleOptional(dict):
    def __contains__(self, key):
        return True

    def __getitem__(self, key):
        return (any_type,)


class ManyOutputs(tuple):
    def __getitem__(self, index):
        return super().__getitem__(index) if index < len(self) else any_type


class AnyMerge:
    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {}, "optional": FlexibleOptional(), "hidden": {"unique_id": "UNIQUE_ID"}}

    RETURN_TYPES = ManyOutputs((any_type,))
    FUNCTION = "merge"

    def merge(self, unique_id=None, **kwargs):
        values = [value for value in kwargs.values() if value is not None]
        return (values[0] if values else None, len(values))


class AnyShow:
    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {"anything": (any_type, {})}}

    RETURN_TYPES = (any_type,)
    FUNCTION = "show"
    OUTPUT_NODE = True

    def show(self, anything):
        return {"ui": {"text": (str(anything),)}, "result": (anything,)}


NODE_CLASS_MAPPINGS = {"AnyMerge": AnyMerge, "AnyShow": AnyShow}
